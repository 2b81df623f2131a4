/*
 * IDE disks: the two channels of a PCI controller, by bus-master DMA or programmed I/O, with 28 bits of sector number (128 GiB). Sources:
 * ATA/ATAPI-6 (INCITS 361), PCI IDE Controller Specification 1.0, Programming Interface for Bus Master IDE Controller 1.0.
 *
 *   IDLE ── submit ──► DMA, PIO ── the last sector ──► done(0), and the next request
 *                         │  ▲
 *     error, too many ticks  │ the drive is no longer busy
 *                         ▼  │
 *                        RESET ── after the last of TRIES ──► done(-EIO)
 *
 * An interrupt is a hint to look at the registers: late, lost and shared ones do no harm. Interrupts are off wherever a channel changes.
 */
#include "kernel/block.h"
#include "kernel/args.h"
#include "kernel/irq.h"
#include "kernel/pci.h"
#include "kernel/printk.h"
#include "kernel/x86/cpu.h"
#include "mm/memlayout.h"

#define PCI_CLASS_IDE 0x0101u      /* and of its programming interface: */
#define NATIVE(channel) (1u << 2 * (channel))
#define BUS_MASTER 0x80u
#define TWO_SPACES 0x2020u

/* Offsets from a channel's first port. The control port reads as the status too, without acknowledging an interrupt. */
enum { DATA, ERROR, COUNT, LBA, DRIVE = 6, STATUS, COMMAND = STATUS };
enum { STATUS_ERR = 0x01, STATUS_DRQ = 0x08, STATUS_DF = 0x20, STATUS_BSY = 0x80, STATUS_BAD = STATUS_ERR | STATUS_DF | STATUS_BSY };
enum { CONTROL_QUIET = 0x02, CONTROL_RESET = 0x04, DRIVE_LBA = 0xe0, DRIVE_SECOND = 0x10 };
#define IDENTIFY 0xec
static const u8 commands[2][2] = { { 0x20, 0xc8 }, { 0x30, 0xca } };       /* read and write: by PIO, by DMA */
enum { ID_MODEL = 27, ID_MODEL_WORDS = 20, ID_CAPABILITIES = 49, ID_CAN_DMA = 0x100, ID_CAN_LBA = 0x200, ID_SECTORS = 60 };

/* Offsets from a channel's first bus-master port. MASTER_ERROR and MASTER_INTERRUPT are cleared by writing them. */
enum { MASTER_COMMAND, MASTER_STATUS = 2, MASTER_TABLE = 4 };
enum { MASTER_START = 0x01, MASTER_TO_MEMORY = 0x08 };
enum { MASTER_ACTIVE = 0x01, MASTER_ERROR = 0x02, MASTER_INTERRUPT = 0x04 };
#define PIECE_LAST (1u << 31)

#define A_MILLISECOND 1000u        /* port reads on the ISA bus */
#define TRIES 3u                   /* the last one by PIO */
#define TIMEOUT 3000u              /* ticks: 30 s, in which a disk that slept has come to speed */
#define LOG_PAUSE 100u             /* ticks between two lines about errors */

struct channel {
	u32 pieces[BLOCK_REQUEST_PAGES][2] __attribute__((aligned(256)));       /* the bus master's table; must not cross 64 KiB */
	/* fixed at boot */
	u16 ports, control, master;        /* master 0: none */
	struct block_device disks[2];
	/* interrupts off */
	enum { IDLE, DMA, PIO, RESET } state;
	u32 ticks;                         /* since something happened */
	struct list queue;                 /* struct block_request that wait */
	struct block_request *request;     /* DMA, PIO: the one that is served */
	u32 moved;                         /* PIO: sectors of it */
};

static struct channel channels[2];
static const char names[][4] = { "hda", "hdb", "hdc", "hdd" };
static u32 log_pause;

/* The status, once the drive has had the 400 ns to bring it up to date, and is not busy or was for so many more looks. */
static u8 status_of(const struct channel *channel, u32 looks)
{
	for (u32 i = 0; i < 4; i++)
		inb(channel->control);
	while ((inb(channel->control) & STATUS_BSY) && looks)
		looks--;
	return inb(channel->control);
}

/* Something went wrong: reset the channel, after which the request is tried again or the next one is served. */
static void fail(struct channel *channel)
{
	struct block_request *request = channel->request;
	u8 status = inb(channel->control), error = inb(channel->ports + ERROR);

	if (channel->master)
		outb(channel->master + MASTER_COMMAND, 0);
	outb(channel->control, CONTROL_RESET);
	for (u32 i = 0; i < 4; i++)             /* 5 us */
		status_of(channel, 0);
	outb(channel->control, 0);
	channel->state = RESET;
	channel->ticks = 0;
	if (++request->tries < TRIES) {
		list_push_front(&channel->queue, &request->node);
		return;
	}
	if (!log_pause) {
		printk("%s: cannot %s %u sectors from %u on (status %02x, error %02x)\n", request->device->name,
			request->write ? "write" : "read", request->count * PAGE_SECTORS, request->sector, status, error);
		log_pause = LOG_PAUSE;
	}
	request->done(request, -EIO);
}

static void look(struct channel *channel);

/* Give a drive that is not busy the command for channel->request. */
static void begin(struct channel *channel)
{
	const struct block_request *request = channel->request;
	bool dma = channel->state == DMA;
	u8 direction = request->write ? 0 : MASTER_TO_MEMORY;

	if (dma) {
		for (u32 i = 0; i < request->count; i++) {
			channel->pieces[i][0] = pfn_to_paddr(request->pages[i]);
			channel->pieces[i][1] = PAGE_SIZE | (i == request->count - 1 ? PIECE_LAST : 0);
		}
		outl(channel->master + MASTER_TABLE, kernel_to_paddr(channel->pieces));
		outb(channel->master + MASTER_COMMAND, direction);
		outb(channel->master + MASTER_STATUS, inb(channel->master + MASTER_STATUS) | MASTER_ERROR | MASTER_INTERRUPT);
	}
	outb(channel->ports + COUNT, (u8)(request->count * PAGE_SECTORS));      /* 0: 256 */
	for (u32 i = 0; i < 3; i++)
		outb(channel->ports + LBA + i, request->sector >> 8 * i);
	outb(channel->ports + DRIVE, request->device->select | request->sector >> 24);
	outb(channel->ports + COMMAND, commands[request->write][dma]);
	if (dma)
		outb(channel->master + MASTER_COMMAND, direction | MASTER_START);
	else if (request->write && !(status_of(channel, A_MILLISECOND) & STATUS_BSY))
		look(channel);                  /* there is no interrupt before the first sector */
}

/* Serve the first of the queue, if there is one. */
static void serve_next(struct channel *channel)
{
	struct block_request *request;

	channel->state = IDLE;
	channel->ticks = channel->moved = 0;
	if (list_empty(&channel->queue))
		return;
	request = channel->request = list_first(&channel->queue, struct block_request, node);
	list_remove(&request->node);
	channel->state = request->device->dma && request->tries < TRIES - 1 ? DMA : PIO;
	outb(channel->ports + DRIVE, request->device->select);
	if (status_of(channel, A_MILLISECOND) & (STATUS_BSY | STATUS_DRQ))
		fail(channel);
	else
		begin(channel);
}

static void finish(struct channel *channel)
{
	struct block_request *request = channel->request;

	serve_next(channel);
	request->done(request, 0);
}

/* The drive is not busy: move a sector, or see the end of the last. */
static void pio_go_on(struct channel *channel)
{
	const struct block_request *request = channel->request;
	u32 total = request->count * PAGE_SECTORS, offset = channel->moved % PAGE_SECTORS * SECTOR_SIZE;
	bool last_written = request->write && channel->moved == total;
	u8 status = inb(channel->ports + STATUS);
	u16 *words;

	if ((status & STATUS_BAD) || !(status & STATUS_DRQ) != last_written)
		return fail(channel);
	if (last_written)
		return finish(channel);
	words = paddr_to_kernel(pfn_to_paddr(request->pages[channel->moved / PAGE_SECTORS]) + offset);
	for (u32 i = 0; i < SECTOR_SIZE / 2; i++)
		if (request->write)
			outw(channel->ports + DATA, words[i]);
		else
			words[i] = inw(channel->ports + DATA);
	channel->ticks = 0;
	if (++channel->moved == total && !request->write)
		finish(channel);
}

static void dma_end(struct channel *channel)
{
	u8 master = inb(channel->master + MASTER_STATUS);

	outb(channel->master + MASTER_COMMAND, 0);
	outb(channel->master + MASTER_STATUS, master | MASTER_ERROR | MASTER_INTERRUPT);
	if ((master & (MASTER_ACTIVE | MASTER_ERROR)) || (inb(channel->ports + STATUS) & (STATUS_BAD | STATUS_DRQ)))
		fail(channel);
	else
		finish(channel);
}

/* Go on if the drive or the bus master has done something. */
static void look(struct channel *channel)
{
	if (channel->state == DMA && (inb(channel->master + MASTER_STATUS) & MASTER_INTERRUPT))
		dma_end(channel);
	else if (channel->state == PIO && !(status_of(channel, 0) & STATUS_BSY))
		pio_go_on(channel);
}

static void ide_interrupt(bool user UNUSED)
{
	look(&channels[0]);
	look(&channels[1]);
}

static void ide_submit(struct block_request *request)
{
	struct channel *channel = request->device->channel;

	list_push_back(&channel->queue, &request->node);
	if (channel->state == IDLE)
		serve_next(channel);
}

void ide_tick(void)
{
	log_pause -= log_pause > 0;
	for (struct channel *channel = channels; channel < channels + ARRAY_SIZE(channels); channel++) {
		if (channel->state == IDLE || ++channel->ticks < 2)     /* the first may come at once after something began */
			continue;
		if (channel->state != RESET)
			look(channel);          /* an interrupt may have got lost */
		else if (channel->ticks >= TIMEOUT || !(status_of(channel, 0) & STATUS_BSY))
			serve_next(channel);
		if (channel->ticks >= TIMEOUT)
			fail(channel);
	}
}

/* ---- Boot --------------------------------------------------------------------------------------------------------- */

/* Is there a disk? It becomes hda and so on. */
static bool disk_init(struct channel *channel, u32 index, u32 unit)
{
	struct block_device *disk = &channel->disks[unit];
	u16 words[256] = { 0 }, *model = &words[ID_MODEL];
	u8 select = DRIVE_LBA | (unit ? DRIVE_SECOND : 0), status;

	outb(channel->ports + DRIVE, select);
	status = status_of(channel, 0);
	outb(channel->ports + COMMAND, IDENTIFY);
	if (status && status != 0xff)           /* else nobody drives the bus */
		status = status_of(channel, 1000 * A_MILLISECOND);
	if ((status & STATUS_BAD) || !(status & STATUS_DRQ))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = inw(channel->ports + DATA);
	if (!(words[ID_CAPABILITIES] & ID_CAN_LBA))
		return false;
	*disk = (struct block_device){
		.name = names[2 * index + unit], .number = (index ? 22 : 3) << 8 | unit * 64, .submit = ide_submit,
		.sectors = (words[ID_SECTORS] | (u32)words[ID_SECTORS + 1] << 16) & ~(PAGE_SECTORS - 1),
		.channel = channel, .select = select, .dma = channel->master && (words[ID_CAPABILITIES] & ID_CAN_DMA),
	};
	list_push_back(&block_devices, &disk->link);
	model[ID_MODEL_WORDS] = 0;
	for (u32 i = ID_MODEL_WORDS; i--;)              /* its characters are swapped in pairs, and spaces fill it up */
		model[i] = model[i] == TWO_SPACES && !model[i + 1] ? 0 : (u16)(model[i] << 8 | model[i] >> 8);
	printk("%s: %u MiB, %s, %s\n", disk->name, disk->sectors >> 11, disk->dma ? "DMA" : "programmed I/O", (char *)model);
	return true;
}

/* In compatibility mode a channel is where the first PCs had it, else where the base address registers say. */
static void channel_init(struct channel *channel, u32 index, pci_t function)
{
	u32 interface = pci_read(function, PCI_CLASS) >> 8;
	bool native = interface & NATIVE(index), found;
	u32 line = native ? pci_read(function, PCI_INTERRUPT) & 0xff : IRQ_IDE0 + index;
	u16 master = pci_ports(function, 4);

	list_init(&channel->queue);
	channel->ports = native ? pci_ports(function, 2 * index) : index ? 0x170 : 0x1f0;
	channel->control = native ? pci_ports(function, 2 * index + 1) + 2 : channel->ports + 0x206;
	if (!channel->ports)
		return;
	if (master && (interface & BUS_MASTER) && !args_is("ide", "pio"))
		channel->master = master + 8 * index;
	outb(channel->control, CONTROL_QUIET);
	found = disk_init(channel, index, 0) | disk_init(channel, index, 1);
	outb(channel->control, 0);
	if (found && line < IRQ_LINES)          /* without a line, the tick sees what has happened */
		irq_register(line, ide_interrupt);
}

void ide_init(void)
{
	pci_t function;

	if (!pci_find(PCI_CLASS_IDE, &function))
		return;
	pci_write(function, PCI_COMMAND, (pci_read(function, PCI_COMMAND) & 0xffff) | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	for (u32 i = 0; i < ARRAY_SIZE(channels); i++)
		channel_init(&channels[i], i, function);
}
