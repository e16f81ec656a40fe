import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * Lets V8 clear garbage early, for a process that copies records and keeps few: its young space stays as small as it begins, and the
 * old one grows by a tenth at a time. Nothing is capped. Measured over millions of records: some 290 MB resident in place of 475, at much the same speed.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=10')
}

/**
 * Lets V8 clear the old space of a server whenever it has grown by six tenths, not by several times. Nothing is capped. Measured with 100 clients whose
 * questions hardly came again: 350 MB resident; 325 at three tenths with a sixth more processor time, 380 where it may double.
 */
export function keepOldSpaceSmall(): void {
  setFlagsFromString('--heap-growing-percent=60')
}

/** Of both halves. */
const YOUNG_BYTES = 32 * 1024 ** 2

/**
 * Lets V8's young space grow to 32 MiB and no further; by itself it grows to 128. What a server holds for requests under way lives longer than V8
 * supposes, so that it grew to that under any load. Measured with 100 clients: some 90 MB resident less, collections of a third the length, and a twentieth more
 * processor time. V8 takes its bound at its start alone, so growing is looked after from here: it may be passed by one step.
 *
 * @returns Ends it.
 */
export function keepYoungSpaceSmall(): () => void {
  let mayGrow = true
  const look = (): void => {
    const isSmall = (getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0) < YOUNG_BYTES
    if (isSmall === mayGrow) return
    mayGrow = isSmall
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`)
  }
  const observer = new PerformanceObserver(look)
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
