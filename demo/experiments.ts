import type { Day } from './calendar.ts'

export interface Experiment {
  name: string
  /** Days on which users were exposed, inclusive. */
  from: Day
  to: Day
  /** Chance of the treatment; an uneven one that was meant to be even is a sample ratio mismatch. */
  treatmentShare: number
  plannedTreatmentShare: number
  /** True chances to convert. */
  controlRate: number
  treatmentRate: number
}

/** The experiments of a company, at fixed distances from the last day of its history. */
export function planExperiments(until: Day): readonly Experiment[] {
  return [
    { name: 'onboarding_checklist', from: until - 420, to: until - 379, treatmentShare: 0.5, plannedTreatmentShare: 0.5, controlRate: 0.2, treatmentRate: 0.27 },
    { name: 'pricing_page', from: until - 270, to: until - 236, treatmentShare: 0.5, plannedTreatmentShare: 0.5, controlRate: 0.12, treatmentRate: 0.12 },
    { name: 'compact_navigation', from: until - 150, to: until - 116, treatmentShare: 0.5, plannedTreatmentShare: 0.5, controlRate: 0.3, treatmentRate: 0.24 },
    { name: 'ai_suggestions', from: until - 75, to: until - 34, treatmentShare: 0.42, plannedTreatmentShare: 0.5, controlRate: 0.18, treatmentRate: 0.22 },
  ]
}
