; The last step of boot/entry.asm, in a file of its own: gdb wants one section of code a file.

KERNEL_BASE	equ 0xC0000000

extern kernel_main
global high_half

section .text
; On the stack, still by its physical address: the loader's magic number, its structure.
high_half:
	pop eax
	pop edx
	add esp, KERNEL_BASE
	xor ebp, ebp			; the end of every backtrace
	call kernel_main		; its arguments in registers: -mregparm=3

section .note.GNU-stack noalloc noexec nowrite progbits
