# The static analysers find nothing.
. "$(dirname "$0")/lib.sh"

check 'gcc -fanalyzer, sparse and cppcheck find nothing' make -s lint
finish
