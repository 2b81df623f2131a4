"""gdb commands that know the structures of Commons: tasks, areas, walk, pages, frame_info, shm, swap, account."""
import gdb

PAGE = 4096
P, W, U, A, D = 1, 2, 4, 0x20, 0x40
SLOT, TRANSIT = 0x400, 0x200
LOCKED = 32  # an area's flag
SHARED = 0x200  # in a directory entry: the table is an object's


def value(expression):
    return gdb.parse_and_eval(expression)


def variable(name):
    """One of the kernel's, whatever is called so where it is stopped."""
    return value("::" + name)


def struct(name):
    return gdb.lookup_type("struct " + name)


def offset_of(type_name, member):
    return next(f.bitpos // 8 for f in struct(type_name).fields() if f.name == member)


def container(node, type_name, member):
    address = int(node) - offset_of(type_name, member)
    return gdb.Value(address).cast(struct(type_name).pointer()).dereference()


def entries_of(head, type_name, member):
    """The structures on an intrusive list."""
    node = head["next"]
    while node != head.address:
        yield container(node, type_name, member)
        node = node["next"]


def tasks():
    return entries_of(variable("all_tasks"), "task", "all_link")


def tree_nodes(node):
    if int(node):
        yield from tree_nodes(node["left"])
        yield node
        yield from tree_nodes(node["right"])


def areas_of(space):
    for node in tree_nodes(space["border"]["node"]["left"]):
        yield container(node, "area", "node")


def word(physical):
    """Physical memory is seen through the direct map."""
    return int(value("*(unsigned int *)%#x" % (0xC0000000 + physical)))


def flags(entry):
    names = ((W, "W"), (U, "U"), (A, "A"), (D, "D"))
    return "".join(name if entry & bit else "-" for bit, name in names)


def entry_text(entry):
    if not entry:
        return "empty"
    if entry & P:
        return "frame %d %s" % (entry >> 12, flags(entry))
    if entry & SLOT:
        return "slot %d" % (entry >> 12)
    return "in transit, " + frame_text(variable("frames")[entry >> 12], entry >> 12)


def frame_text(frame, pfn):
    """A frame's number, and the slot of the swap disk that it keeps or is on its way to or from."""
    slot = int(frame["slot"])
    return "frame %d%s" % (pfn, ", slot %d" % slot if slot else "")


def translate(directory, va):
    """(directory entry, table entry or None) of an address."""
    pde = int(directory[va >> 22])
    if not pde & P or pde & 0x80:
        return pde, None
    return pde, word((pde & ~0xFFF) + (va >> 12 & 1023) * 4)


def list_entries(pages):
    """(index, entry) of what a page list holds."""
    order, base = int(pages["order"]), int(pages["base"])
    first, count = int(pages["first"]), int(pages["pages"])
    chunks = ((first + count - 1 - base) >> order) + 1 if count else 0
    for number in range(chunks):
        if chunks == 1:
            chunk = pages["chunk"]
        else:
            chunk = pages["chunks"][number] if int(pages["chunks"]) else gdb.Value(0)
        for i in range(1 << order if int(chunk) else 0):
            index = base + (number << order) + i
            if int(chunk[i]) and first <= index < first + count:
                yield index, int(chunk[i])


def task_of(pid):
    for task in tasks():
        if int(task["pid"]) == pid:
            return task
    raise gdb.GdbError("no task with pid %d" % pid)


def space_of(pid):
    task = task_of(pid) if pid else variable("current").dereference()
    if not int(task["space"]):
        raise gdb.GdbError("task %d has no space" % int(task["pid"]))
    return task["space"].dereference()


def owner_of(space):
    for task in tasks():
        if task["space"] == space.address:
            return "pid %d" % int(task["pid"])
    return "space %#x" % int(space.address)


def way_of(area):
    """How an area shows its object: by table in so many directory entries, else by entry."""
    directory, first, last = area["space"]["dir"], int(area["start"]) >> 22, (int(area["end"]) - 1) >> 22
    shared = sum(1 for slot in range(first, last + 1) if int(directory[slot]) & SHARED)
    return "by table in %d of %d directory entries" % (shared, last - first + 1) if shared else "by entry"


def area_text(area):
    prot, shared = int(area["prot"]), not int(area["flags"]) & 1
    bits = "".join(c if prot & b else "-" for c, b in (("r", 1), ("w", 2), ("x", 4)))
    locked = " locked" if int(area["flags"]) & LOCKED else ""
    return "%08x-%08x %s%s page %d%s" % (int(area["start"]), int(area["end"]), bits, "s" if shared else "p",
                                         int(area["index"]), locked)


class Command(gdb.Command):
    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        self.run(*[int(value(a)) & 0xFFFFFFFF for a in gdb.string_to_argv(text)])


class Tasks(Command):
    """tasks: every task with its state and space."""
    name = "tasks"

    def run(self):
        running = int(variable("current")["pid"])
        for task in tasks():
            mark = "*" if int(task["pid"]) == running else " "
            print("%s%5d %-13s %-16s space %#x" % (mark, int(task["pid"]), str(task["state"])[5:].lower(),
                                                   task["name"].string(), int(task["space"])))


class Areas(Command):
    """areas [PID]: the areas of a task, the objects they show, and how."""
    name = "areas"

    def run(self, pid=0):
        for area in areas_of(space_of(pid)):
            print("%s object %#x upper %#x, %s" % (area_text(area), int(area["object"]), int(area["upper"]), way_of(area)))


class Walk(Command):
    """walk ADDRESS [PID]: the page-table walk of an address."""
    name = "walk"

    def run(self, va, pid=0):
        pde, pte = translate(space_of(pid)["dir"], va)
        shared = ", an object's own table" if pde & SHARED else ""
        print("directory[%d] = %#010x %s%s" % (va >> 22, pde, flags(pde) if pde & P else "not present", shared))
        if pte is not None:
            away = entry_text(pte) if pde & SHARED else "not present"
            print("table[%d] = %#010x %s" % (va >> 12 & 1023, pte, entry_text(pte) if pte & P else away))
            if pte & P:
                print("physical %#010x" % ((pte & ~0xFFF) | (va & 0xFFF)))
        elif pde & P:
            print("4 MiB page, physical %#010x" % ((pde & ~0x3FFFFF) | (va & 0x3FFFFF)))


class Pages(Command):
    """pages OBJECT: the page list of an object, and the areas that show it."""
    name = "pages"

    def run(self, address):
        obj = value("*(struct object *)%#x" % address)
        print("%d pages from %d, %d resident, %d swapped, %d references%s" % (
            int(obj["list"]["pages"]), int(obj["list"]["first"]), int(obj["resident"]), int(obj["swapped"]),
            int(obj["refs"]), ", locked" if int(obj["wired"]) else ""))
        for index, entry in list_entries(obj["list"]):
            print("  page %-6d %s" % (index, entry_text(entry)))
        for area in entries_of(obj["areas"], "area", "object_link"):
            print("  shown at %s of %s, %s" % (area_text(area), owner_of(area["space"].dereference()), way_of(area)))


class Frame(Command):
    """frame_info NUMBER: what a frame is for, what names it and who has it mapped."""
    name = "frame_info"

    def run(self, pfn):
        frame = variable("frames")[pfn]
        kind = str(gdb.Value(int(frame["kind"])).cast(gdb.lookup_type("enum frame_kind")))
        print("%s: %s, count %d, pins %d%s%s" % (
            frame_text(frame, pfn), kind, int(frame["count"]), int(frame["pins"]),
            ", in transit" if int(frame["transit"]) else "", ", waited for" if int(frame["wanted"]) else ""))
        if kind == "FRAME_PAGE":
            self.named(frame)
            self.shown(pfn)

    def named(self, frame):
        index = int(frame["index"])
        for obj in entries_of(frame["family"]["members"], "object", "family_link"):
            for i, entry in list_entries(obj["list"]):
                if i == index:
                    print("  named by object %#x page %d: %s" % (int(obj.address), i, entry_text(entry)))

    def shown(self, pfn):
        for space in entries_of(variable("spaces"), "space", "link"):
            for slot in range(768):
                pde = int(space["dir"][slot])
                for i in range(1024 if pde & P else 0):
                    pte = word((pde & ~0xFFF) + i * 4)
                    if pte & P and pte >> 12 == pfn:
                        print("  mapped at %08x of %s, %s" % (slot << 22 | i << 12, owner_of(space), flags(pte)))


class Shm(Command):
    """shm: every segment with its attaches."""
    name = "shm"

    def run(self):
        ids = variable("shm_ids")
        mask = int(ids["bucket_mask"])
        for word in range(1024):
            taken = int(ids["taken"][word])
            for index in (word * 32 + bit for bit in range(32) if taken >> bit & 1):
                bucket = index & mask
                perm = ids["by_index"][bucket // 1024][bucket % 1024]
                while int(perm["id"]) % 32768 != index:
                    perm = perm["next_of_index"]
                self.segment(perm.cast(struct("shm_segment").pointer()).dereference())

    def segment(self, segment):
        perm = segment["perm"]
        print("id %d key %#x mode %o size %d attached %d object %#x" % (
            int(perm["id"]), int(perm["key"]) & 0xFFFFFFFF, int(perm["mode"]), int(segment["size"]),
            int(segment["nattch"]), int(segment["object"])))
        for area in entries_of(segment["object"]["areas"], "area", "object_link"):
            print("  %s of %s, %s" % (area_text(area), owner_of(area["space"].dereference()), way_of(area)))


class Swap(Command):
    """swap: the swap disk, how its slots are used, and what has moved."""
    name = "swap"

    def run(self):
        swap = variable("swap")
        if not int(swap["device"]):
            print("no swap disk")
            return
        n = {f.name: int(swap[f.name]) for f in swap.type.fields() if f.name != "device"}
        print("%s: %d slots, %d used, %d free, %d kept by frames, %d bad%s" % (
            swap["device"]["name"].string(), n["slots"], n["used"], n["slots"] - n["used"], n["kept"], n["bad"],
            ", swapoff is under way" if n["closing"] else ""))
        print("%d pages out, %d in, by %d requests; %d in transit" % (
            n["outs"], n["ins"], n["requests"], int(value("travelling"))))


class Account(Command):
    """account: what has been promised, and what may be wired, of how much."""
    name = "account"

    def run(self):
        account = variable("account")
        n = {f.name: int(account[f.name]) for f in account.type.fields()}
        kernel = sum(int(value("frame_counts[%s]" % kind)) for kind in ("FRAME_SLAB", "FRAME_KERNEL"))
        print("committed %d = granted %d + kernel %d, of limit %d = RAM %d - reserve %d + slots %d - %d" % (
            n["granted"] + kernel, n["granted"], kernel, n["limit"], n["ram"], n["reserve"], n["slots"],
            n["ram"] - n["reserve"] + n["slots"] - n["limit"]))
        print("wired %d + kernel %d, of limit %d; %d frames are free" % (
            n["wired"], kernel, n["wire_limit"], int(value("frame_counts[FRAME_FREE]"))))


for command in (Tasks, Areas, Walk, Pages, Frame, Shm, Swap, Account):
    command()
