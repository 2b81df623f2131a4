# Commons: see `make help`. Products go below build/.

CROSS   := i686-linux-gnu-
CC      := $(CROSS)gcc
LD      := $(CROSS)ld
NM      := $(CROSS)nm
STRIP   := $(CROSS)strip

MEM     ?= 64
SWAP    ?= 64
ARGS    ?=
ROOT    ?= $$(tools/debian 2>/dev/null)
Q       := $(if $(V),,@)

WARN    := -Wall -Wextra -Werror
CFLAGS  := -std=gnu17 -ffreestanding -march=i686 -mregparm=3 -mgeneral-regs-only -fno-pic -fno-stack-protector -mpreferred-stack-boundary=2 \
           -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -O2 -mtune=generic -g $(WARN) -I.
UFLAGS  := -std=gnu17 -static -O2 -g $(WARN) -I.

SOURCES := $(wildcard $(addsuffix /*.c,boot kernel kernel/lib kernel/x86 kernel/fs mm ipc) \
                      $(addsuffix /*.asm,boot kernel kernel/lib kernel/x86 kernel/fs)) kernel/tests/ktest.c
KTESTS  := $(filter-out $(SOURCES),$(wildcard kernel/tests/*.c mm/tests/*.c ipc/tests/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all run test test-diff test-linux bench iso debug lint clean help ktest programs

##   all         the kernel, its initial file system and the user programs (the default)
all: build/commons.elf build/initrd.cpio programs

# ---------------------------------------------------------------- the kernel, in three variants

# $(call objects,DIRECTORY,FLAGS): how DIRECTORY/FILE.o comes from FILE.
define objects
$1/%.c.o: %.c Makefile
	@mkdir -p $$(@D)
	@echo "  CC    $$@"
	$$Q$(CC) $(CFLAGS) $2 -MMD -MP -c -o $$@ $$<

$1/%.asm.o: %.asm Makefile
	@mkdir -p $$(@D)
	@echo "  ASM   $$@"
	$$Qnasm -f elf32 -g -F dwarf -I./ -MD $$(@:.o=.d) -MP -o $$@ $$<
endef

# $(call kernel,DIRECTORY,OBJECTS): DIRECTORY/commons.elf. Linked twice: the first pass, with an empty symbol table,
# says where the functions are; .ksyms comes last in the read-only data, so filling it moves none of them.
define kernel
$1/pass1.elf: $2 linker.ld tools/ksyms
	@mkdir -p $$(@D)
	$$Qtools/ksyms </dev/null >$1/empty.asm
	$$Qnasm -f elf32 -o $1/empty.o $1/empty.asm
	$$Q$(LD) -T linker.ld -nostdlib -z noexecstack -o $$@ $2 $1/empty.o

$1/commons.elf: $1/pass1.elf
	@echo "  LD    $$@"
	$$Q$(NM) -n $$< | tools/ksyms >$1/ksyms.asm
	$$Qnasm -f elf32 -o $1/ksyms.o $1/ksyms.asm
	$$Q$(LD) -T linker.ld -nostdlib -z noexecstack -o $$@ $2 $1/ksyms.o
	$$Q$(NM) -n $$@ | tools/ksyms | cmp - $1/ksyms.asm

-include $(patsubst %.o,%.d,$2)
endef

KTESTED := $(SOURCES) $(KTESTS)

$(eval $(call objects,build/obj,))
$(eval $(call objects,build/ubsan/obj,-fsanitize=undefined -fsanitize-undefined-trap-on-error))
$(eval $(call kernel,build,$(SOURCES:%=build/obj/%.o)))
$(eval $(call kernel,build/ktest,$(KTESTED:%=build/obj/%.o)))
$(eval $(call kernel,build/ubsan,$(KTESTED:%=build/ubsan/obj/%.o)))

ktest: build/ktest/commons.elf build/ubsan/commons.elf

# ---------------------------------------------------------------- user programs

programs: build/user/box build/user/tests build/user/bench build/user/diff

BOX_OBJECTS   := $(patsubst %,build/obj/%.o,$(wildcard user/box/*.c))
TESTS_OBJECTS := $(patsubst %,build/obj/%.o,$(wildcard user/tests/*.c))
BENCH_OBJECTS := $(patsubst %,build/obj/%.o,$(wildcard user/bench/*.c))
DIFF_OBJECTS  := $(patsubst %,build/obj/%.o,$(wildcard user/diff/*.c))

build/obj/user/%.c.o: user/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$Q$(CC) $(UFLAGS) -MMD -MP -c -o $@ $<

build/user/box: $(BOX_OBJECTS)
build/user/tests: $(TESTS_OBJECTS)
build/user/bench: $(BENCH_OBJECTS)
build/user/diff: $(DIFF_OBJECTS)
build/user/box build/user/tests build/user/bench build/user/diff:
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$Q$(CC) $(UFLAGS) -o $@ $^

-include $(BOX_OBJECTS:.o=.d) $(TESTS_OBJECTS:.o=.d) $(BENCH_OBJECTS:.o=.d) $(DIFF_OBJECTS:.o=.d)

build/user/%.stripped: build/user/%
	$Q$(STRIP) -o $@ $<

# ---------------------------------------------------------------- what the machine boots

build/initrd.cpio: build/user/box.stripped build/user/tests.stripped tools/mkcpio Makefile
	@echo "  CPIO  $@"
	$Qprintf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >build/passwd
	$Qtools/mkcpio -d bin -x bin/box build/user/box.stripped \
		$$(build/user/box --list | sort | sed 's,.*,-s bin/& box,') \
		-x bin/tests build/user/tests.stripped -d dev -d dev/shm -f etc/passwd build/passwd \
		-d proc -d run -s sbin/init ../bin/box -d tmp >$@

build/commons.iso: build/commons.elf build/initrd.cpio tools/mkiso
	@echo "  ISO   $@"
	$Qtools/mkiso $@ build/commons.elf build/initrd.cpio $(ARGS)

##   iso         build/commons.iso, which boots by GRUB
iso: build/commons.iso

##   run         boot on this terminal: the story, then a shell (MEM=MIB, ROOT=FOLDER or none, SWAP=MIB of swap disk, ARGS='kernel arguments')
run:
	@tools/setup
	@$(MAKE) --no-print-directory all
	@root=$(ROOT); initrd=build/initrd.cpio; \
	if [ "$$root" ] && tools/mkcpio -r "$$root" >build/root.cpio; then initrd=$$initrd,build/root.cpio; fi; \
	tools/boot -m $(MEM) -d $(SWAP) -r $$initrd $(ARGS)

##   debug       boot under gdb, stopped at the kernel's entry
debug: all
	@tools/debug -m $(MEM) -d $(SWAP) $(ARGS)

# ---------------------------------------------------------------- checks

##   test        every test there is
test:
	@tools/setup
	@$(MAKE) --no-print-directory all ktest iso
	@tools/test

##   test-linux  the user tests on this machine's Linux and on 32-bit Linux
test-linux: programs
	@tools/test tools/t/40-linux-host.t tools/t/41-linux-686.t

##   test-diff   random System V programs here and on 32-bit Linux, compared (N=STEPS, SEED=FIRST)
test-diff: all
	@tools/diff -n $(or $(N),20000) -s $(or $(SEED),1)

##   bench       what operations cost, here and on 32-bit Linux, in instructions
bench: all
	@tools/bench

##   lint        gcc -fanalyzer, sparse and cppcheck over the kernel
lint:
	@tools/lint $(filter %.c,$(SOURCES))

##   clean       remove build/, except what was fetched
clean:
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name judge ! -name debian -exec rm -rf {} +

##   help        this list
help:
	@echo "make [target], where target is"
	@sed -n 's/^##//p' Makefile
