/** A metric that a request asked for; nothing of what was asked about it, nor of whom asked. */
export interface AskedMetric {
  /** As in the model. */
  readonly metric: string
  /** Of the series; null for one value. */
  readonly grain: string | null
  /** Cohorts that the slice was cut by. */
  readonly cohorts: number
}

/** Tells the company's own tool which metrics are asked. */
export interface UsageReport {
  /** Returns at once and never throws. @param role of whoever asked; null without one. */
  asked(metrics: readonly AskedMetric[], role: string | null): void
  /** Sends what is left, waiting a short while at most. Never rejects. */
  close(): Promise<void>
}

/** What was asked alike since the last report. */
export interface UsageCount extends AskedMetric {
  readonly role: string | null
  readonly times: number
}

/** Hands counts to a tool. */
export interface UsageTarget {
  readonly tool: string
  /** @throws whatever keeps them from arriving. */
  send(counts: readonly UsageCount[], atUtcMs: number, signal: AbortSignal): Promise<void>
}
