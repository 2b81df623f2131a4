/* The x87 and SSE state that a program starts with. */
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"

/* FXSAVE's image. */
struct fxsave {
	u16 fcw;
	u8 registers[22];
	u32 mxcsr, mxcsr_mask;
	u8 rest[480];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct fxsave) == 512, "SDM vol. 1, table 10-2");

void fpu_init_image(void *image) { *(struct fxsave *)image = (struct fxsave){ .fcw = 0x037f, .mxcsr = 0x1f80 }; }

u32 fpu_mxcsr_mask(void)
{
	static u32 mask;
	struct fxsave image = { 0 };

	if (!mask) {
		fpu_save(&image);
		mask = image.mxcsr_mask ?: 0xffbf;     /* when the processor reports none */
	}
	return mask;
}
