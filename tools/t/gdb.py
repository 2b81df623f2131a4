# Read by gdb in 70-gdb.t, on a kernel that runs `probe share`: at its first shmdt, asks every command about the segment; then
# about its page on the way to the swap disk, and there.
import re


def ask(command):
    print("(gdb) " + command)
    answer = gdb.execute(command, to_string=True)
    print(answer, end="")
    return answer


gdb.execute("break shm_detach")
gdb.execute("continue")
ask("tasks")
ask("areas")
shm = ask("shm")
first = re.search(r"^  .*?([0-9a-f]{8})", shm, re.M)[1]
pages = "pages " + re.search(r"object (0x[0-9a-f]+)", shm)[1]
ask(pages)
physical = re.search(r"^physical (0x[0-9a-f]+)", ask("walk 0x" + first), re.M)[1]
frame = "frame_info %d" % (int(physical, 16) >> 12)
ask(frame)
ask("account")
gdb.execute("tbreak swap_transfer")
gdb.execute("continue")
ask(pages)
ask(frame)
gdb.execute("continue")
ask(pages)
ask("swap")
