/* The x87 and SSE state that a program starts with. */
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"

/* Offsets in FXSAVE's image: SDM vol. 1, table 10-2. */
#define FXSAVE_SIZE 512u
#define FXSAVE_FCW 0u
#define FXSAVE_MXCSR 24u
#define FXSAVE_MXCSR_MASK 28u
#define FCW_INIT 0x037fu
#define MXCSR_INIT 0x1f80u
#define MXCSR_MASK_DEFAULT 0xffbfu         /* when the processor reports 0 */

void fpu_init_image(void *image)
{
	const u16 control = FCW_INIT;
	const u32 mxcsr = MXCSR_INIT;

	memset(image, 0, FXSAVE_SIZE);
	memcpy((u8 *)image + FXSAVE_FCW, &control, sizeof(control));
	memcpy((u8 *)image + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
}

u32 fpu_mxcsr_mask(void)
{
	static u32 mask;
	u8 image[FXSAVE_SIZE] __attribute__((aligned(16)));

	if (!mask) {
		memset(image, 0, sizeof(image));
		fpu_save(image);
		memcpy(&mask, image + FXSAVE_MXCSR_MASK, sizeof(mask));
		mask = mask ? mask : MXCSR_MASK_DEFAULT;
	}
	return mask;
}
