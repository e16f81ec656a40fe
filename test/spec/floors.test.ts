import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkFloors } from '../../scripts/check-floors.ts'

const made: string[] = []

afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true })
})

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'kpiql-floors-'))
  made.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function climbsOf(files: Readonly<Record<string, string>>): readonly string[] {
  return checkFloors(tree(files)).climbs
}

describe('the floors', () => {
  it('let a room import itself, its own floor and the floors below, and draw who imports whom', () => {
    const root = tree({
      'src/base/clock.ts': 'export const now = 1',
      'src/sql/print.ts': "import { now } from '../base/clock.ts'\nexport const print = now",
      'src/model/metric.ts': "import { print } from '../sql/print.ts'\nimport { now } from '../base/clock.ts'\nexport { print, now }",
      'src/plan/fuse.ts': "import { hash } from './hash.ts'\nexport * from '../model/metric.ts'\nexport { hash }",
      'src/plan/hash.ts': 'export const hash = 1',
    })

    expect(checkFloors(root)).toEqual({
      graph: new Map([
        ['src/base', []],
        ['src/model', ['src/base', 'src/sql']],
        ['src/plan', ['src/model']],
        ['src/sql', ['src/base']],
      ]),
      climbs: [],
    })
  })

  it('name file, line and both floors of an import that climbs', () => {
    expect(climbsOf({ 'src/base/clock.ts': "// why\nimport { fuse } from '../plan/fuse.ts'\nexport { fuse }" })).toEqual([
      'src/base/clock.ts:2 imports ../plan/fuse.ts: src/base (floor 0) may not import src/plan (floor 2)',
    ])
  })

  it('see a climb in a type import, a re-export, an import() and an import type', () => {
    const climbs = climbsOf({
      'src/sql/a.ts': [
        "import type { A } from '../plan/a.ts'",
        "export { b } from '../plan/b.ts'",
        "export const c = () => import('../plan/c.ts')",
        "export type D = import('../plan/d.ts').D",
        'export type E = A',
      ].join('\n'),
    })
    expect(climbs.map((climb) => climb.split(':')[1]?.split(' ')[0])).toEqual(['1', '2', '3', '4'])
  })

  it('see no import in a comment or a string', () => {
    expect(
      climbsOf({ 'src/base/a.ts': "// import '../plan/a.ts'\n/* import '../plan/b.ts' */\nexport const text = `import '../plan/c.ts'`" }),
    ).toEqual([])
  })

  it('judge no test, no fake and no conformance suite', () => {
    const text = "import '../../src/http/app.ts'"
    expect(climbsOf({ 'connectors/csv/csv.test.ts': text, 'connectors/csv/fake.ts': text, 'connectors/conformance.ts': text })).toEqual([])
  })

  it('refuse a folder of src that no floor is known for', () => {
    expect(climbsOf({ 'src/attic/box.ts': 'export const box = 1' })).toEqual([
      'src/attic/box.ts:1 is in src/attic, which has no floor: give it one in scripts/check-floors.ts',
    ])
  })

  it('refuse an import of what is no room at all', () => {
    expect(climbsOf({ 'src/cli/run.ts': "import '../../test/fixtures/rows.ts'" })).toEqual([
      'src/cli/run.ts:1 imports ../../test/fixtures/rows.ts: src/cli (floor 6) may not import test (no floor)',
    ])
  })
})

describe("the sources' face", () => {
  it('lets the contract take types from sql', () => {
    expect(climbsOf({ 'connectors/contract.ts': "import type { Dialect } from '../src/sql/dialect.ts'\nexport type D = Dialect" })).toEqual([])
  })

  it('lets the contract take no value from sql, not even beside an inline type', () => {
    expect(
      climbsOf({
        'connectors/contract.ts': "import { print } from '../src/sql/print.ts'\nexport { print }",
        'connectors/contract/rows.ts': "import { type Dialect } from '../../src/sql/dialect.ts'\nexport type D = Dialect",
      }),
    ).toEqual([
      'connectors/contract.ts:1 imports ../src/sql/print.ts: connectors/contract (floor 1) may not import src/sql (floor 1) except by import type',
      'connectors/contract/rows.ts:1 imports ../../src/sql/dialect.ts: connectors/contract (floor 1) may not import src/sql (floor 1) except by import type',
    ])
  })

  it('lets a connector know contract, http-kit, sql and base, and nothing else', () => {
    expect(
      climbsOf({
        'connectors/stripe/index.ts': [
          "import '../contract.ts'",
          "import '../http-kit/client.ts'",
          "import '../../src/sql/print.ts'",
          "import '../../src/base/clock.ts'",
          "import './client.ts'",
          "import '../../src/plan/fuse.ts'",
          "import '../hubspot/client.ts'",
        ].join('\n'),
      }),
    ).toEqual([
      'connectors/stripe/index.ts:6 imports ../../src/plan/fuse.ts: connectors/stripe (side) may not import src/plan (floor 2)',
      'connectors/stripe/index.ts:7 imports ../hubspot/client.ts: connectors/stripe (side) may not import connectors/hubspot (side)',
    ])
  })

  it('is reached through the roster, and the roster by main alone', () => {
    expect(
      climbsOf({
        'connectors/roster.ts': "import './stripe/index.ts'",
        'src/main.ts': "import '../connectors/roster.ts'",
        'src/http/app.ts': "import '../../connectors/roster.ts'\nimport '../../connectors/stripe/index.ts'",
      }),
    ).toEqual([
      'src/http/app.ts:1 imports ../../connectors/roster.ts: src/http (floor 6) may not import connectors/roster (floor 6); only src/main.ts may',
      'src/http/app.ts:2 imports ../../connectors/stripe/index.ts: src/http (floor 6) may not import connectors/stripe (side); a connector is reached through connectors/roster',
    ])
  })
})

describe('rooms with a rule of their own', () => {
  it('keep decorators in schema', () => {
    expect(
      climbsOf({
        'schema/types/slice.ts': "import { Field } from 'type-graphql'\nexport { Field }",
        'src/answer/run.ts': "import { Field } from 'type-graphql'\nexport { Field }",
      }),
    ).toEqual(['src/answer/run.ts:1 imports type-graphql: src/answer (floor 3) may not use decorators; they stay in schema'])
  })

  it("keep Node's built-ins out of the planner, with and without their prefix", () => {
    expect(
      climbsOf({
        'src/plan/hash.ts': "import { createHash } from 'node:crypto'\nimport fs from 'fs/promises'\nimport 'lru-cache'\nexport { createHash, fs }",
      }),
    ).toEqual([
      "src/plan/hash.ts:1 imports node:crypto: src/plan (floor 2) is pure and may not import Node's built-ins",
      "src/plan/hash.ts:2 imports fs/promises: src/plan (floor 2) is pure and may not import Node's built-ins",
    ])
  })

  it('let the command line and main make the demo company, and nobody else', () => {
    expect(
      climbsOf({
        'src/cli/demo.ts': "import '../../demo/company.ts'",
        'src/main.ts': "import '../demo/company.ts'",
        'schema/build.ts': "import '../demo/company.ts'",
      }),
    ).toEqual(['schema/build.ts:1 imports ../demo/company.ts: schema (floor 5) may not import demo (floor 2); only src/cli and src/main.ts may'])
  })
})
