import type { Statement } from '../../connectors/contract.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import { bigqueryDialect } from '../../src/sql/dialects/bigquery.ts'
import { snowflakeDialect } from '../../src/sql/dialects/snowflake.ts'
import { rememberingTrees } from '../sql/tree-of-statement.ts'
import { openDuckdbSource } from './duckdb.ts'
import type { TableSpec, TestSource } from './open-test-source.ts'

// BigQuery and Snowflake run on no machine of ours. Here their statements run in DuckDB, which is taught their functions as their
// documentation describes them: what is proven is what the statements mean if the functions mean that, not that the services take them.

interface Words {
  readonly dialect: Dialect
  /** Functions that DuckDB lacks. */
  readonly macros: readonly string[]
  /** What no function can say: other names of types, other forms. */
  readonly phrases: readonly (readonly [RegExp, string])[]
}

const SNOWFLAKE: Words = {
  dialect: snowflakeDialect,
  macros: [
    "dateadd(unit, n, x) AS CASE unit WHEN 'second' THEN x + to_seconds(n) WHEN 'minute' THEN x + to_minutes(n) WHEN 'hour' THEN x + to_hours(n) WHEN 'day' THEN x + to_days(CAST(n AS INTEGER)) WHEN 'week' THEN x + to_days(CAST(7 * n AS INTEGER)) WHEN 'month' THEN x + to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN x + to_months(CAST(3 * n AS INTEGER)) WHEN 'year' THEN x + to_months(CAST(12 * n AS INTEGER)) END",
    'dayofweekiso(x) AS isodow(x)',
    'weekiso(x) AS week(x)',
    'epoch_second(x) AS CAST(floor(epoch(x)) AS BIGINT)',
    'convert_timezone(zone, x) AS make_timestamp(epoch_us(x))',
    'bitand(a, b) AS a & b',
    'bitshiftright(a, b) AS a >> b',
    'bitor_agg(a) AS bit_or(a)',
    'iff(a, b, c) AS CASE WHEN a THEN b ELSE c END',
    'startswith(a, b) AS starts_with(a, b)',
    'endswith(a, b) AS ends_with(a, b)',
  ],
  phrases: [
    [/\(:(\d+) AS /g, '($$$1 AS '],
    [/NUMBER\(38, 0\)/g, 'BIGINT'],
    [/NUMBER\(38, 9\)/g, 'DECIMAL(38, 9)'],
    [/TIMESTAMP_NTZ/g, 'TIMESTAMP'],
    [/TIMESTAMP_LTZ/g, 'TIMESTAMPTZ'],
    [/DATE_PART\('epoch_second', /g, 'epoch_second('],
    [/TABLE\(FLATTEN\(INPUT => PARSE_JSON\((.+?AS VARCHAR\))\)\)\)/g, `(SELECT unnest(from_json($1, '["VARCHAR"]')) AS "VALUE")`],
  ],
}

const BIGQUERY: Words = {
  dialect: bigqueryDialect,
  macros: [
    'datetime_of(x, zone) AS make_timestamp(epoch_us(x))',
    'timestamp_of(x, zone) AS CAST(x AS TIMESTAMPTZ)',
    'sunday_first(x) AS 1 + dayofweek(x)',
    'unix_seconds(x) AS CAST(floor(epoch(x)) AS BIGINT)',
    'datetime_add(x, span) AS x + span',
    'datetime_sub(x, span) AS x - span',
    'datetime_diff(b, a, unit) AS epoch_us(b) - epoch_us(a)',
    "datetime_trunc(x, unit) AS date_trunc(CASE WHEN starts_with(unit, 'week') THEN 'day' ELSE unit END, x) - to_days(CAST(CASE WHEN starts_with(unit, 'week') THEN (isodow(x) + 7 - CAST(unit[5:] AS INTEGER)) % 7 ELSE 0 END AS INTEGER))",
    'json_value_array(list, path) AS from_json(list, \'["VARCHAR"]\')',
  ],
  phrases: [
    [/`([^`]*)`/g, '"$1"'],
    [/\b(DATETIME|TIMESTAMP)\(/g, '$1_OF('],
    [/AS DATETIME\)/g, 'AS TIMESTAMP)'],
    [/AS INT64\)/g, 'AS BIGINT)'],
    [/AS FLOAT64\)/g, 'AS DOUBLE)'],
    [/AS STRING\)/g, 'AS VARCHAR)'],
    [/AS NUMERIC\)/g, 'AS DECIMAL(38, 9))'],
    [/AS BOOL\)/g, 'AS BOOLEAN)'],
    [/, (MINUTE|HOUR|DAY|MONTH|QUARTER|YEAR|MICROSECOND)\)/g, ", '$1')"],
    ...['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'].map((day, index) => [new RegExp(`, WEEK\\(${day}\\)\\)`, 'g'), `, 'week${index + 1}')`] as const),
    [/INTERVAL (-\d+) SECOND/g, 'INTERVAL ($1) SECOND'],
    [/EXTRACT\(DAYOFWEEK FROM /g, 'sunday_first('],
    [/EXTRACT\(ISOWEEK FROM /g, 'EXTRACT(WEEK FROM '],
    [/ARRAY_AGG\((.+?) IGNORE NULLS ORDER BY \1\)\[SAFE_OFFSET\(/g, 'list_filter(list_sort(list($1)), lambda one: one IS NOT NULL)[1 + ('],
    [/\(SELECT ("\w+") FROM UNNEST\((JSON_VALUE_ARRAY\(.+?, '\$'\))\) AS \1\)/g, '(SELECT unnest($2) AS $1)'],
    [/UNNEST\(\[STRUCT\(/g, '(SELECT '],
    [/\), STRUCT\(/g, ' UNION ALL SELECT '],
    [/\)\]\) AS /g, ') AS '],
  ],
}

const DUCK_TYPES = { text: 'VARCHAR', boolean: 'BOOLEAN', integer: 'BIGINT', float: 'DOUBLE', decimal: 'DECIMAL(38, 9)', date: 'DATE', timestamp: 'TIMESTAMP' } as const

/** DuckDB in memory that is spoken to as if it were BigQuery or Snowflake. */
export async function openWarehouseSource(warehouse: 'bigquery' | 'snowflake', name: string, tables: Readonly<Record<string, TableSpec>>, rowGroupSize?: number): Promise<TestSource> {
  const { dialect, macros, phrases } = warehouse === 'bigquery' ? BIGQUERY : SNOWFLAKE
  const source = await openDuckdbSource(name, tables, rowGroupSize)
  for (const macro of macros) await source.run(`CREATE MACRO ${macro}`)
  const statements: Statement[] = []
  const said = (statement: Statement): Statement => {
    const typed = statement.text.replaceAll(/@p(\d+)/g, (_, index: string) => `CAST($${index} AS ${DUCK_TYPES[statement.params[Number(index) - 1]?.type ?? 'text']})`)
    return { ...statement, text: phrases.reduce((text, [pattern, words]) => text.replaceAll(pattern, words), typed) }
  }
  return {
    ...source,
    dialect: rememberingTrees(dialect),
    statements,
    rowsReadOf: [],
    get version() {
      return source.version
    },
    set version(version) {
      source.version = version
    },
    // Neither service tells the rows it read.
    query: async (statement, options) => {
      statements.push(statement)
      return { ...(await source.query(said(statement), options)), rowsRead: null }
    },
    explain: (statement) => source.explain(said(statement)),
  }
}
