import { z } from 'zod'
import type { SyncColumn } from '../sync-contract.ts'

const KINDS = ['text', 'boolean', 'integer', 'decimal', 'float', 'date', 'json'] as const

/** A property of events that becomes a column of its own, beside the JSON of all properties. */
export interface PropertyColumn {
  /** As the tool has it, such as `Plan Type`. */
  readonly property: string
  readonly name: string
  readonly kind: (typeof KINDS)[number]
  readonly personal: boolean
}

const MOST_OF_A_LINE = 10_000
const NAME = /^[a-z][a-z0-9_]*$/

const one = z
  .union([
    z.string().min(1),
    z.strictObject({ property: z.string().min(1), name: z.string().regex(NAME, 'a column is named in lower case, with letters, digits and _').optional(), kind: z.enum(KINDS).optional(), personal: z.boolean().optional() }),
  ])
  .transform((written): PropertyColumn => {
    const { property, name, kind = 'text', personal = false } = typeof written === 'string' ? { property: written } : written
    return { property, name: name ?? snakeCase(property), kind, personal }
  })
  .refine(({ name }) => NAME.test(name), 'the property’s name makes no column name: give it one with `name`')

/** `columns: [plan, { property: Plan Type, name: plan_type, kind: text }]` @param taken names of columns that the table has anyway. */
export function propertyColumns(taken: readonly string[]): z.ZodType<readonly PropertyColumn[]> {
  return z
    .array(one)
    .default([])
    .superRefine((columns, context) => {
      const seen = new Set(taken)
      for (const { name } of columns) {
        if (seen.has(name)) context.addIssue({ code: 'custom', message: `the column "${name}" is there already: give the property another \`name\`` })
        seen.add(name)
      }
    })
}

export function columnsOf(properties: readonly PropertyColumn[]): readonly SyncColumn[] {
  return properties.map(({ property, name, kind, personal }) => ({ name, kind, personal, description: `The property "${property}".` }))
}

/** The values of the columns; a list or an object in a column of text is its JSON. */
export function valuesOf(columns: readonly PropertyColumn[], properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(({ property, name, kind }) => [name, asText(kind, properties[property])]))
}

/** The properties for the JSON beside the columns. What a personal column is taken from lands nowhere else, since the JSON is neither hashed nor dropped. */
export function besides(columns: readonly PropertyColumn[], properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const personal = new Set(columns.filter((column) => column.personal).map(({ property }) => property))
  return personal.size === 0 ? properties : Object.fromEntries(Object.entries(properties).filter(([property]) => !personal.has(property)))
}

/** A line of an export that is no event, for the quarantine: cut, and null where it may hold what a personal column is taken from. */
export function strangeLine(line: string, columns: readonly PropertyColumn[]): string | null {
  return columns.some(({ personal }) => personal) ? null : line.slice(0, MOST_OF_A_LINE)
}

function asText(kind: PropertyColumn['kind'], value: unknown): unknown {
  return kind === 'text' && typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

/** `$initial_referrer` is initial_referrer, `Plan Type` and `planType` are plan_type. */
function snakeCase(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
}
