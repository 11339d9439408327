#define FW_NS fw_v3
#define FW_WIDTH 4
#include "kernels.inc"
const fw::KernelTable* fw::table_v3() { return &fw_v3::TABLE; }
