#define FW_NS fw_portable
#define FW_WIDTH 1
#include "kernels.inc"
const fw::KernelTable* fw::table_portable() { return &fw_portable::TABLE; }
