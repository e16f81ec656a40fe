import { openStore } from '../../src/store/open-store.ts'

/** A process of its own that writes to a store: uploads of ten rows each, and single costs. Arguments: file, name, how many of each. */
const [file = '', name = '', times = '0'] = process.argv.slice(2)
const store = await openStore(file, { nowMs: () => Date.now() })
for (let turn = 0; turn < Number(times); turn++) {
  const rows = Array.from({ length: 10 }, () => `2026-01-01,sales,1,EUR,${name} ${turn}`)
  await store.amounts.upload('cost', { csv: `date,type,amount,currency,description\n${rows.join('\n')}`, currency: null, dryRun: false, onError: 'reject_all', key: null })
  await store.amounts.record('revenue', { date: '2026-01-01', type: 'upsell', amount: '0.1', currency: 'EUR' }, null)
}
await store.close()
