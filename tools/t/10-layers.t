# Includes reach only downwards, and mm/ and ipc/ do not see each other's insides. What the documents name is there.
. "$(dirname "$0")/lib.sh"

named_files_exist() {
	local name missing=0

	for name in $(grep -ohE '\b(boot|docs|ipc|kernel|mm|tools|user)/[A-Za-z0-9_./-]*[A-Za-z0-9]' README.md docs/*.md | sort -u); do
		[ -e "$name" ] || { echo "$name is not there"; missing=1; }
	done
	return $missing
}

check 'every include stays in its layer' tools/layers
check 'every file that a document names is there' named_files_exist
check 'the sources are small enough to read' tools/size
finish
