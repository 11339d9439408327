#define FW_NS fw_v4
#define FW_WIDTH 8
#include "kernels.inc"
const fw::KernelTable* fw::table_v4() { return &fw_v4::TABLE; }
