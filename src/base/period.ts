/** A half-open span of time, `[start, end)`, with the zone in which it was meant. Local times are wall clocks counted as if UTC. */
export interface Period {
  readonly zone: string
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
}
