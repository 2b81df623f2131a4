; The ways into the kernel and out of it. Every entry from user mode or from the kernel itself builds a struct regs (kernel/x86/entry.h)
; on the current kernel stack:
;
;   low addresses                                                                      high addresses
;   ebx ecx edx esi edi ebp eax  ds es fs gs  orig_eax  eip cs eflags  esp ss (from user mode only)
;
; The kernel uses ds, es and ss; fs and gs keep the user's values throughout.

KERNEL_BASE	equ 0xC0000000
KERNEL_DS	equ 0x68
SYSCALL_COUNT	equ 512			; kernel/syscall_table.c

REGS_EAX	equ 24
REGS_GS		equ 40
REGS_ORIG_EAX	equ 44
REGS_CS		equ 52
ARGS_SIZE	equ 12			; the last three of six arguments

VECTORS		equ 48			; exceptions and interrupt lines
VECTOR_IRET	equ 0x100		; not the processor's: the iret to user mode has failed

extern kernel_main, syscall_table, syscall_missing, trap, user_work, return_to_user_work
global high_half, syscall_entry, return_to_user, context_switch, trap_stubs

; What to do when the instruction at %1 faults in kernel mode: go on at %2 with the same stack.
%macro ON_FAULT 2
section __ex_table progbits alloc noexec nowrite align=4
	dd %1, %2
section .text
%endmacro

; Push, or pop, each of these registers.
%macro PUSH_ALL 1-*
%rep %0
	push %1
%rotate 1
%endrep
%endmacro

%macro POP_ALL 1-*
%rep %0
	pop %1
%rotate 1
%endrep
%endmacro

section .text

; C functions take their first three arguments in eax, edx and ecx, the others on the stack (gcc's -mregparm=3).

; The last step of boot/entry.asm. On the stack, still by its physical address: the loader's magic number, its structure.
high_half:
	pop eax
	pop edx
	add esp, KERNEL_BASE
	xor ebp, ebp			; the end of every backtrace
	call kernel_main

; int 0x80, with interrupts as they were: number in eax, arguments in ebx ecx edx esi edi ebp. The callee owns its argument slots,
; so they are copies.
syscall_entry:
	PUSH_ALL eax, gs, fs, es, ds, eax, ebp, edi, esi, edx, ecx, ebx
	PUSH_ALL ebp, edi, esi
	mov ebp, KERNEL_DS		; no frame pointer of the kernel's: backtraces end here
	mov ds, ebp
	mov es, ebp
	cld
	cmp eax, SYSCALL_COUNT
	jae .missing
	mov esi, [syscall_table + eax * 4]
	test esi, esi
	jz .missing
	mov eax, ebx
	xchg ecx, edx
	call esi
.done:	add esp, ARGS_SIZE
	mov [esp + REGS_EAX], eax

; The one way back to user mode; struct regs lies at esp. Interrupts are off from the last look at user_work on.
return_to_user:
	cli
	cmp dword [user_work], 0
	jne .work
	POP_ALL ebx, ecx, edx, esi, edi, ebp, eax
.pop_ds:	pop ds
.pop_es:	pop es
.pop_fs:	pop fs
.pop_gs:	pop gs
	add esp, 4			; orig_eax
.iret:	iret

.work:	mov eax, esp
	call return_to_user_work
	jmp return_to_user

; A selector that cannot be loaded becomes the null selector.
%macro NULL_SELECTOR 1
.null_%1:
	mov dword [esp], 0
	jmp .pop_%1
	ON_FAULT .pop_%1, .null_%1
%endmacro
	NULL_SELECTOR ds
	NULL_SELECTOR es
	NULL_SELECTOR fs
	NULL_SELECTOR gs
; An iret to a bad cs or ss becomes a trap from where it was to go: its five words are still there.
.bad_iret:
	push dword 0
	push dword VECTOR_IRET
	jmp trap_entry

	ON_FAULT .iret, .bad_iret

syscall_entry.missing:
	call syscall_missing
	jmp syscall_entry.done

; Exceptions and interrupts, which leave an error code (or 0) and the vector in the places of orig_eax and gs.
trap_entry:
	PUSH_ALL fs, es, ds, eax, ebp, edi, esi, edx, ecx, ebx
	mov edx, KERNEL_DS
	mov ds, edx
	mov es, edx
	cld
	mov edx, [esp + REGS_GS]
	mov ecx, [esp + REGS_ORIG_EAX]
	mov eax, gs
	mov [esp + REGS_GS], eax
	mov dword [esp + REGS_ORIG_EAX], -1
	mov eax, esp
	call trap			; trap(regs, vector, error)
	test byte [esp + REGS_CS], 3
	jnz return_to_user

; Back into the kernel. fs and gs stay: they are the user's, and what they once were may not be loadable any more.
	POP_ALL ebx, ecx, edx, esi, edi, ebp, eax, ds, es
	add esp, 12			; fs, gs, orig_eax
	iret

; void context_switch(u32 *save_esp, u32 load_esp)
context_switch:
	PUSH_ALL ebp, ebx, esi, edi
	mov [eax], esp
	mov esp, edx
	POP_ALL edi, esi, ebx, ebp
	ret

section .rodata
trap_stubs:
section .text

; Vectors with an error code: SDM vol. 3, table 6-1.
%assign vector 0
%rep VECTORS
trap_stub_%+vector:
%if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
	push dword 0
%endif
	push dword vector
	jmp trap_entry
section .rodata
	dd trap_stub_%+vector
section .text
%assign vector vector + 1
%endrep
