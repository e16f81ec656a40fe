const LARGEST = 2n ** 63n - 1n

/** Whether a whole number fits a signed integer of 64 bits, which is what most sources call an integer. */
export function fitsInt64(value: bigint): boolean {
  return value <= LARGEST && value >= -LARGEST - 1n
}
