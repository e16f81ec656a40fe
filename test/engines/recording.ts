import type { QueryOptions, QuerySource, Statement } from '../../connectors/contract.ts'
import type { TestSource } from './open-test-source.ts'

/** What a test's source does beside its connector's: `close` comes after the connector has closed. */
export type Owner = Pick<TestSource, 'run' | 'explain' | 'rows' | 'close'> & Partial<Pick<TestSource, 'discover' | 'statistics' | 'rollups'>>

/** The real connector's source, with its statements remembered; `version` and `watermarks` are the test's. */
export function recording(inner: QuerySource, owner: Owner): TestSource {
  const source: TestSource = {
    name: inner.name,
    dialect: inner.dialect,
    can: inner.can,
    statements: [],
    rowsReadOf: [],
    version: '1',
    watermarks: new Map(),
    test: () => inner.test(),
    discover: () => inner.discover(),
    statistics: (table) => inner.statistics(table),
    query: async (statement: Statement, options: QueryOptions = {}) => {
      source.statements.push(statement)
      const result = await inner.query(statement, options)
      source.rowsReadOf.push(result.rowsRead ?? 0)
      return result
    },
    dataVersion: () => Promise.resolve(source.version),
    quarantine: () => inner.quarantine(),
    watermark: (table) => Promise.resolve(source.watermarks.get(table) ?? null),
    ...owner,
    close: async () => {
      await inner.close()
      await owner.close()
    },
  }
  return source
}
