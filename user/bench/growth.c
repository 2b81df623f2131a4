#include "bench.h"
void growth_print(void) {}
void memory_print(void) {}
void faults_print(void) {}
