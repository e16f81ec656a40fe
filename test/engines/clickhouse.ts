import type { TableSpec, TestSource } from './open-test-source.ts'

export async function openClickhouseSource(_name: string, _tables: Readonly<Record<string, TableSpec>>): Promise<TestSource> {
  throw new Error('Comes with the connector.')
}
