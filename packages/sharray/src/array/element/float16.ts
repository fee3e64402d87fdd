// Node has no Float16Array before version 24; these follow IEEE 754 binary16, rounding to nearest, ties to even.

const bits = new DataView(new ArrayBuffer(8));

/** The number that a half float's 16 bits stand for. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds a number that lies between two integers to the nearer, or to the even one of two that are as near. */
function roundEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/** The 16 bits of the half float nearest to a number; too large ones become infinite. */
export function toHalf(value: number): number {
  bits.setFloat64(0, value);
  const sign = (bits.getUint8(0) & 0x80) << 8;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const size = Math.abs(value);
  // 65520 lies half-way between the largest half float and the next power of two.
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  // A fraction that rounds up to 1024 carries into the exponent, which is what the sum does.
  return sign | (((exponent + 15) << 10) + roundEven((size / 2 ** exponent - 1) * 1024));
}
