// Blocks of the page back into typed arrays. The twin of foldwise.report.embed.
export const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

export async function inflate(base64) {
  const packed = Uint8Array.fromBase64?.(base64) ?? slowly(atob(base64.trim()));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function slowly(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function unshuffle(bytes, Type) {
  const size = Type.BYTES_PER_ELEMENT;
  const n = bytes.length / size;
  const out = new Uint8Array(bytes.length);
  for (let k = 0; k < size; k++) for (let i = 0, j = k; i < n; i++, j += size) out[j] = bytes[k * n + i];
  return new Type(out.buffer);
}

export function rescale(codes, scale) {
  if (!scale) return codes;
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    if (scale.kind === "log2p1") out[i] = 2 ** (codes[i] / scale.factor) - 1;
    else out[i] = codes[i] === 65535 ? NaN : 10 ** (scale.offset + scale.step * codes[i]);
  }
  return out;
}

export async function decode(entry, base64) {
  const bytes = await inflate(base64);
  if (entry.dtype !== "text") return rescale(unshuffle(bytes, TYPES[entry.dtype]), entry.scale);
  return entry.shape[0] ? new TextDecoder().decode(bytes).split("\n") : [];
}
