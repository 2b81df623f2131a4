/* The serial ports: 16550A, 115200 baud, 8 bits, no parity. */
#pragma once

#include "kernel/lib/types.h"

enum { SERIAL_COM1 = 0x3f8, SERIAL_COM2 = 0x2f8 };

void serial_init(u16 port);
/* Write, waiting for the transmitter as long as it takes. */
void serial_write(u16 port, const char *bytes, size_t n);
/* Wait until all that was written has left. */
void serial_drain(u16 port);
/* Take one received byte; false: there is none. */
bool serial_receive(u16 port, u8 *byte);
/* Should received bytes interrupt? While not, the sender is held back once the port's own queue is full. */
void serial_receive_interrupts(u16 port, bool on);
