# Includes reach only downwards, and mm/ and ipc/ do not see each other's insides.
. "$(dirname "$0")/lib.sh"

check 'every include stays in its layer' tools/layers
finish
