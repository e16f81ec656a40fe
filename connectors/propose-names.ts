const KEY_NAME = /^(?:(.+?)[_ ]?)?(id|key|uuid|guid)$/i
const RESERVED = new Set(['and', 'or', 'not', 'cohort', 'period', 'true', 'false', 'null'])
const IN_SCHEMA = /^[A-Za-z_]\w*\.([A-Za-z_]\w*)$/

/** A name that GraphQL and the model accept. */
export function identifier(column: string): string {
  const snake = column
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
  const name = snake === '' ? 'unnamed' : snake
  if (/^\d/.test(name)) return `n_${name}`
  return RESERVED.has(name) ? `${name}_value` : name
}

export function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
  taken.add(name)
  return name
}

export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => freeName(name, taken))
}

export function singular(name: string): string {
  if (/(ss|us|is)$/.test(name)) return name
  if (name.endsWith('ies')) return name.replace(/ies$/, 'y')
  if (/(ches|shes|xes|sses|zes)$/.test(name)) return name.replace(/es$/, '')
  return name.replace(/s$/, '')
}

/** `sales.orders` → `orders`: the schema says where a table is, not what its rows are. */
export function tableStem(table: string): string {
  return identifier(IN_SCHEMA.exec(table)?.[1] ?? table)
}

/** `customer_id`, `customerId` and `Customer ID` → `customer`; `id` → empty; null for what is no key by its name. */
export function keyStem(column: string): string | null {
  const snake = column.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
  const found = KEY_NAME.exec(snake)
  if (!found) return null
  const stem = found[1] ?? ''
  // `paid` and `monkey` end like keys, but no word begins there.
  if (stem !== '' && !/[_ ](id|key|uuid|guid)$/i.test(snake)) return null
  return stem === '' ? '' : identifier(stem)
}

const PLAIN_COLUMN = /^[a-z_][a-z0-9_]*$/
/** Words that one engine or another takes for something else when they stand unquoted. */
const ENGINE_WORDS =
  /^(all|alter|analyse|analyze|and|any|array|as|asc|asof|at|authorization|between|both|by|case|cast|change|check|collate|column|condition|constraint|create|cross|cube|current|current_\w+|cursor|database|databases|default|delete|desc|describe|distinct|div|do|drop|dual|each|else|end|except|exists|explain|extract|false|fetch|for|force|foreign|from|full|function|grant|group|grouping|groups|hash|having|if|ignore|in|index|initially|inner|insert|intersect|interval|into|is|join|key|keys|kill|lag|lambda|lateral|lead|leading|left|like|limit|lines|load|localtime|localtimestamp|lock|lookup|loop|match|mod|natural|new|no|not|null|nulls|of|offset|on|only|option|or|order|out|outer|over|overlaps|partition|percent_rank|pivot|placing|precision|primary|proto|qualify|range|rank|read|recursive|references|regexp|release|rename|repeat|replace|require|restrict|return|returning|revoke|right|rlike|rollup|row|row_number|rows|sample|schema|select|separator|session_user|set|show|signal|similar|some|sql|start|struct|summarize|symmetric|system|table|tablesample|then|to|trailing|treat|trigger|true|union|unique|unlock|unnest|unpivot|update|usage|use|user|using|values|variadic|when|where|while|window|with|within|write|xor)$/
const BACKTICKS: ReadonlySet<string> = new Set(['bigquery', 'mysql'])

/** The column as SQL of a dialect, as YAML. */
export function columnAsSql(column: string, dialect: string): string {
  // Snowflake folds bare names to upper case, others to lower case or not at all.
  const isBare = (dialect === 'snowflake' ? /^[A-Z_][A-Z0-9_]*$/ : PLAIN_COLUMN).test(column) && !ENGINE_WORDS.test(column.toLowerCase())
  if (isBare) return text(column)
  return JSON.stringify(BACKTICKS.has(dialect) ? `\`${column.replaceAll('`', '``')}\`` : `"${column.replaceAll('"', '""')}"`)
}

/** A YAML scalar that is text whatever it looks like. */
export function text(value: string): string {
  return /^[A-Za-z][A-Za-z0-9_ ]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) ? value : JSON.stringify(value)
}
