import type { KpiqlError } from '../../src/base/errors.ts'
import { aggregate, arithmetic, column, compare, isNull, param, type AggregateFunction, type CompareOp, type Expr, type SqlType } from '../../src/sql/tree.ts'
import { notInMongodb } from './refuse.ts'

const TOKEN = /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|'(?<text>(?:[^']|'')*)'|"(?<quoted>(?:[^"]|"")+)"|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<sign><=|>=|<>|!=|[-+*=<>(),.]))/uy

interface Token {
  readonly kind: 'number' | 'text' | 'quoted' | 'word' | 'sign' | 'end'
  readonly text: string
}

const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'not', 'is', 'null', 'in', 'between', 'case', 'when', 'then', 'else', 'end', 'true', 'false', 'like', 'as', 'from', 'select', 'distinct'])
const COMPARISONS: Readonly<Record<string, CompareOp>> = { '=': '=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' }
const AGGREGATES: Readonly<Record<string, AggregateFunction>> = { count: { name: 'count' }, sum: { name: 'sum' }, min: { name: 'min' }, max: { name: 'max' } }

/**
 * The part of SQL that an author of a model may write over a collection, as a tree: paths of fields (`address.country`), literals,
 * `+ - *`, comparisons, `and`, `or`, `not`, `in`, `between`, `is null`, `case`, `coalesce`, `lower`, and the aggregates count, sum,
 * min and max. Numbers with a point are decimals.
 *
 * @throws KpiqlError `NOT_SUPPORTED` for all else; names the expression.
 */
export function parseWritten(sql: string, table: string): Expr {
  const parser = new Parser(sql, table)
  return parser.whole()
}

class Parser {
  readonly #sql: string
  readonly #table: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(sql: string, table: string) {
    this.#sql = sql
    this.#table = table
    this.#tokens = this.#read()
  }

  whole(): Expr {
    const expr = this.#or()
    if (this.#next.kind !== 'end') throw this.#refused()
    return expr
  }

  #read(): readonly Token[] {
    const tokens: Token[] = []
    const end = this.#sql.trimEnd().length
    const pattern = new RegExp(TOKEN)
    while (pattern.lastIndex < end) {
      const found = pattern.exec(this.#sql)
      if (found === null) throw this.#refused()
      const [kind, text] = Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined) as [Token['kind'], string]
      tokens.push({ kind, text: kind === 'text' ? text.replaceAll("''", "'") : kind === 'quoted' ? text.replaceAll('""', '"') : text })
    }
    return tokens
  }

  #refused(): KpiqlError {
    // Who asks is no author of the model, and sees nothing of its SQL.
    return notInMongodb(`an expression over "${this.#table}" that is more than fields, literals, simple arithmetic, comparisons and CASE`)
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  #word(...words: readonly string[]): string | null {
    const { kind, text } = this.#next
    const lower = text.toLowerCase()
    if (kind !== 'word' || !words.includes(lower)) return null
    this.#at += 1
    return lower
  }

  #sign(...signs: readonly string[]): string | null {
    const { kind, text } = this.#next
    if (kind !== 'sign' || !signs.includes(text)) return null
    this.#at += 1
    return text
  }

  #need(found: string | null): void {
    if (found === null) throw this.#refused()
  }

  #or(): Expr {
    const of = [this.#and()]
    while (this.#word('or')) of.push(this.#and())
    return of.length === 1 ? (of[0] as Expr) : { kind: 'or', of }
  }

  #and(): Expr {
    const of = [this.#not()]
    while (this.#word('and')) of.push(this.#not())
    return of.length === 1 ? (of[0] as Expr) : { kind: 'and', of }
  }

  #not(): Expr {
    return this.#word('not') ? { kind: 'not', of: this.#not() } : this.#comparison()
  }

  #comparison(): Expr {
    const left = this.#sum()
    const sign = this.#sign('=', '<', '<=', '>', '>=', '<>', '!=')
    if (sign !== null) {
      const right = this.#sum()
      return sign === '<>' || sign === '!=' ? { kind: 'not', of: compare(left, '=', right) } : compare(left, COMPARISONS[sign] as CompareOp, right)
    }
    if (this.#word('is')) {
      const no = this.#word('not') !== null
      this.#need(this.#word('null'))
      return turned(isNull(left), no)
    }
    const no = this.#word('not') !== null
    if (this.#word('in')) {
      this.#need(this.#sign('('))
      const values = this.#list(() => this.#sum())
      // A null in the list would make its "no" unknown.
      if (values.some((value) => value.kind !== 'param')) throw this.#refused()
      return turned({ kind: 'in', of: left, values }, no)
    }
    if (this.#word('between')) {
      const from = this.#sum()
      this.#need(this.#word('and'))
      return turned({ kind: 'and', of: [compare(left, '>=', from), compare(left, '<=', this.#sum())] }, no)
    }
    if (no) throw this.#refused()
    return left
  }

  #sum(): Expr {
    let left = this.#product()
    for (let sign = this.#sign('+', '-'); sign !== null; sign = this.#sign('+', '-')) left = arithmetic(left, sign as '+' | '-', this.#product())
    return left
  }

  #product(): Expr {
    let left = this.#factor()
    while (this.#sign('*')) left = arithmetic(left, '*', this.#factor())
    return left
  }

  #factor(): Expr {
    if (this.#sign('+')) return this.#factor()
    if (!this.#sign('-')) return this.#primary()
    const { kind, text } = this.#next
    if (kind !== 'number') return arithmetic(param(0n, 'integer'), '-', this.#factor())
    this.#at += 1
    return this.#number(`-${text}`)
  }

  #primary(): Expr {
    if (this.#sign('(')) {
      const inner = this.#or()
      this.#need(this.#sign(')'))
      return inner
    }
    const { kind, text } = this.#next
    this.#at += 1
    if (kind === 'number') return this.#number(text)
    if (kind === 'text') return param(text, 'text')
    if (kind === 'quoted') return this.#path(text)
    if (kind !== 'word') throw this.#refused()
    const word = text.toLowerCase()
    if (word === 'null') return { kind: 'null' }
    if (word === 'true' || word === 'false') return param(word === 'true', 'boolean')
    if (word === 'case') return this.#case()
    if ((word === 'date' || word === 'timestamp') && this.#next.kind === 'text') return this.#moment(word)
    if (RESERVED.has(word)) throw this.#refused()
    return this.#sign('(') ? this.#call(word) : this.#path(text)
  }

  #number(text: string): Expr {
    if (/e/i.test(text)) return param(Number(text), 'float')
    return text.includes('.') ? param(text, 'decimal') : param(BigInt(text), 'integer')
  }

  #moment(type: SqlType): Expr {
    const { text } = this.#next
    this.#at += 1
    if (!/^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?)?$/.test(text) || Number.isNaN(Date.parse(text))) throw this.#refused()
    return param(type === 'date' ? text.slice(0, 10) : text, type)
  }

  #path(first: string): Expr {
    let path = first
    while (this.#sign('.')) {
      const { kind, text } = this.#next
      if (kind !== 'word' && kind !== 'quoted') throw this.#refused()
      this.#at += 1
      path += `.${text}`
    }
    return column(this.#table, path)
  }

  #case(): Expr {
    const whens: { when: Expr; result: Expr }[] = []
    while (this.#word('when')) {
      const when = this.#or()
      this.#need(this.#word('then'))
      whens.push({ when, result: this.#or() })
    }
    if (whens.length === 0) throw this.#refused()
    const otherwise: Expr = this.#word('else') ? this.#or() : { kind: 'null' }
    this.#need(this.#word('end'))
    return { kind: 'case', whens, otherwise }
  }

  #call(name: string): Expr {
    if (name === 'count' && this.#sign('*')) {
      this.#need(this.#sign(')'))
      return aggregate({ name: 'count' }, null)
    }
    if (name === 'count' && this.#word('distinct')) {
      const of = this.#or()
      this.#need(this.#sign(')'))
      return aggregate({ name: 'count_distinct' }, of)
    }
    const args = this.#list(() => this.#or())
    const [only] = args
    const fn = AGGREGATES[name]
    if (only !== undefined && args.length === 1) {
      if (fn !== undefined) return aggregate(fn, only)
      if (name === 'lower') return { kind: 'lower', of: only }
    }
    if (name === 'coalesce' && args.length > 0) return { kind: 'coalesce', of: args }
    throw this.#refused()
  }

  #list(item: () => Expr): Expr[] {
    const items = [item()]
    while (this.#sign(',')) items.push(item())
    this.#need(this.#sign(')'))
    return items
  }
}

function turned(of: Expr, no: boolean): Expr {
  return no ? { kind: 'not', of } : of
}
