; From the boot loader to kernel_main(): checks the processor, maps the direct map by 4 MiB pages and jumps to the high half.
; Linked where it is loaded, at physical 1 MiB; everything else of the kernel is linked at KERNEL_BASE + physical.

KERNEL_BASE	equ 0xC0000000
DIRECT_TABLES	equ 224			; 896 MiB / 4 MiB

MULTIBOOT_MAGIC	equ 0x1BADB002
MULTIBOOT_FLAGS	equ 3			; page-aligned modules, memory map

CPUID_NEEDED	equ 1 << 3 | 1 << 4 | 1 << 15 | 1 << 24	; PSE, TSC, CMOV, FXSR
CPUID_SSE	equ 1 << 25
CR0_NEEDED	equ 1 << 31 | 1 << 18 | 1 << 16 | 1 << 5 | 1 << 1	; PG, AM, WP, NE, MP
CR0_CLEARED	equ 1 << 30 | 1 << 29 | 1 << 3 | 1 << 2	; CD, NW, TS, EM
CR4_PSE		equ 1 << 4
CR4_OSFXSR	equ 1 << 9
CR4_OSXMMEXCPT	equ 1 << 10
EFLAGS_ID	equ 1 << 21

ENTRY_FLAGS	equ 0x83		; present, writable, 4 MiB

COM1		equ 0x3f8
DEBUG_EXIT	equ 0xf4
VGA_TEXT	equ 0xb8000
VGA_BYTES	equ 80 * 25 * 2

extern high_half			; kernel/x86/entry.asm

section .boot progbits alloc exec nowrite align=4096
global boot_entry

	align 4
	dd MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

; eax: the loader's magic number, ebx: its structure. Paging is off, segments are flat, interrupts are off.
boot_entry:
	cld
	mov esp, boot_stack_end - KERNEL_BASE
	push ebx
	push eax
	call check_processor
	mov edi, edx

	mov eax, ENTRY_FLAGS
	mov ecx, DIRECT_TABLES
	mov ebx, boot_directory - KERNEL_BASE
	mov [ebx], eax			; these instructions, where they are
.map:	mov [ebx + (KERNEL_BASE >> 22) * 4], eax
	add eax, 1 << 22
	add ebx, 4
	loop .map

	mov eax, boot_directory - KERNEL_BASE
	mov cr3, eax
	mov eax, cr4
	or eax, CR4_PSE | CR4_OSFXSR
	test edi, CPUID_SSE
	jz .no_sse
	or eax, CR4_OSXMMEXCPT
.no_sse:
	mov cr4, eax
	mov eax, cr0
	and eax, ~CR0_CLEARED
	or eax, CR0_NEEDED
	mov cr0, eax
	mov eax, high_half
	jmp eax

; Returns CPUID's feature bits in edx, or not at all. A 386 cannot change EFLAGS.AC, a 486 of the first years not EFLAGS.ID.
check_processor:
	pushfd
	pop eax
	mov ecx, eax
	xor eax, EFLAGS_ID
	push eax
	popfd
	pushfd
	pop eax
	xor eax, ecx
	test eax, EFLAGS_ID
	jz refuse
	mov eax, 1
	cpuid
	mov eax, edx
	and eax, CPUID_NEEDED
	cmp eax, CPUID_NEEDED
	jne refuse
	ret

; Say so on COM1 and the screen, then end the machine.
refuse:	mov edi, VGA_TEXT
	mov ecx, VGA_BYTES / 4
	mov eax, 0x07200720
	rep stosd
	mov esi, refusal
	mov edi, VGA_TEXT
.next:	lodsb
	test al, al
	jz .end
	mov [edi], al
	add edi, 2
	mov cl, al
	mov dx, COM1 + 5
.wait:	in al, dx
	test al, 0x20			; the transmitter holds nothing
	jz .wait
	mov al, cl
	mov dx, COM1
	out dx, al
	jmp .next
.end:	mov al, 0x7f
	out DEBUG_EXIT, al
.stop:	cli
	hlt
	jmp .stop

refusal:
	db "commons: this processor is too old: an i686 with PSE and FXSR (a Pentium II or later) is needed", 10, 0

section .bss nobits alloc noexec write align=4096
boot_directory:
	resb 4096

; kernel_main()'s stack, later the idle task's.
section .boot_stack progbits alloc noexec write align=4096
	times 8192 db 0
boot_stack_end:
