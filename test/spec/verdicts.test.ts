import { describe, expect, it } from 'vitest'
import { benchmarkOf } from '../../schema/benchmark-node.ts'
import { judge } from '../../src/model/verdict.ts'
import type { Benchmark, Metric } from '../../src/model/types.ts'

const benchmark = (bounds: Partial<Pick<Benchmark, 'excellent' | 'good' | 'acceptable'>>): Benchmark => ({ text: 'What others reach.', source: 'Rule of thumb', excellent: null, good: null, acceptable: null, ...bounds })
const churn = benchmark({ excellent: 3, good: 5, acceptable: 7 })
const margin = benchmark({ excellent: 80, good: 70, acceptable: 60 })

describe('a verdict', () => {
  it.each([
    [2.99, 'EXCELLENT'],
    [3, 'GOOD'],
    [4.99, 'GOOD'],
    [5, 'ACCEPTABLE'],
    [7, 'ACCEPTABLE'],
    [7.01, 'POOR'],
  ])('of %s, where lower is better, is %s', (value, verdict) => {
    expect(judge(value, churn, 'lower_is_better')?.verdict).toBe(verdict)
  })

  it.each([
    [80, 'EXCELLENT'],
    [79.9, 'GOOD'],
    [70, 'GOOD'],
    [60, 'ACCEPTABLE'],
    [59.9, 'POOR'],
  ])('of %s, where higher is better, is %s', (value, verdict) => {
    expect(judge(value, margin, 'higher_is_better')?.verdict).toBe(verdict)
  })

  it('says between which bounds it lies', () => {
    const text = (value: number, of: Benchmark, direction: Metric['direction']) => benchmarkOf({ benchmark: of, direction, unit: 'percent' }, value)?.verdictText
    expect(text(5, churn, 'lower_is_better')).toBe('Acceptable (5–7 %)')
    expect(text(1, churn, 'lower_is_better')).toBe('Excellent (under 3 %)')
    expect(text(9, churn, 'lower_is_better')).toBe('Poor (over 7 %)')
    expect(text(85, margin, 'higher_is_better')).toBe('Excellent (80 % and more)')
    expect(text(10, margin, 'higher_is_better')).toBe('Poor (under 60 %)')
  })

  it('passes over the bounds that are not there', () => {
    expect(judge(50, benchmark({ good: 30 }), 'higher_is_better')).toEqual({ verdict: 'GOOD', from: 30, to: null })
    expect(judge(10, benchmark({ good: 30 }), 'higher_is_better')).toEqual({ verdict: 'POOR', from: null, to: 30 })
    expect(judge(10, benchmark({ excellent: 30 }), 'higher_is_better')).toBeNull()
  })

  it('is not given without a direction, without bounds, or without a value', () => {
    expect(judge(5, churn, null)).toBeNull()
    expect(judge(5, benchmark({}), 'lower_is_better')).toBeNull()
    expect(benchmarkOf({ benchmark: churn, direction: 'lower_is_better', unit: 'percent' }, null)).toMatchObject({ good: 5, verdict: null, verdictText: null })
    expect(benchmarkOf({ benchmark: null, direction: null, unit: 'percent' }, 5)).toBeNull()
  })
})
