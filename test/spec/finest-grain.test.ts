import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finestGrain } from '../../src/model/finest-grain.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'

const models = join(import.meta.dirname, '..', '..', 'models')

describe('the finest grain of a metric', () => {
  it.each([
    ['events', 'minute', 'events are kept by the minute'],
    ['dau', 'day', 'actives are told by days'],
    ['new_mrr', 'day', 'movements are told by days'],
    ['revenue', 'day', 'payments have dates'],
    ['churn_rate', 'month', 'churn is a monthly rate'],
    ['cltv', 'month', 'it is made from monthly rates'],
    ['marketing_costs', 'month', 'costs are kept by the month'],
  ])('%s is %s: %s', async (metric, grain) => {
    const loaded = loadModel(await readModelFiles(['saas.yml', 'product.yml', 'satisfaction.yml', 'delivery.yml'].map((pack) => join(models, pack)), 'company'))
    expect(loaded.ok && finestGrain(loaded.model, metric)).toBe(grain)
  })
})
