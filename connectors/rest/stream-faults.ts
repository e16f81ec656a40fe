import type { EndpointOptions, PagingOptions, StreamOptions } from './option-types.ts'
import { placeholdersIn } from './template.ts'
import type { Placeholder } from './template.ts'

export interface StreamFault {
  readonly path: readonly string[]
  readonly message: string
}

/** What a stream's settings cannot be together, told of the setting to mend. */
export function streamFaults(stream: StreamOptions): readonly StreamFault[] {
  const { incremental, deletes, key, columns, person, refers } = stream
  const faults: StreamFault[] = endpointFaults(stream, [])
  const used = placeholdersOf(stream)
  const add = (path: readonly string[], message: string): void => void faults.push({ path, message })

  if (!incremental && (used.has('since') || used.has('until'))) add(['incremental'], 'a request with ${since} or ${until} needs `incremental`, which says what they are')
  if (incremental?.kind === 'time' && !used.has('since')) add(['incremental'], 'write ${since} into the query, the body or the path: it is what makes later readings smaller')
  if (incremental?.kind === 'cursor' && stream.paging.kind !== 'cursor') add(['paging'], 'a cursor that is kept between syncs needs paging of the kind cursor')
  if (incremental?.kind === 'time' && incremental.window !== undefined) {
    if (!used.has('until')) add(['incremental', 'window'], 'windows need ${until} in the request')
    if (incremental.begins === undefined) add(['incremental', 'window'], 'windows need `begins`: the day before which there is nothing')
    if (deletes?.kind === 'endpoint') add(['deletes'], 'an endpoint of deleted rows does not go with windows; use `sweep` or `field`')
  }
  // Left out of a query, a missing beginning asks for everything; in a path or a body it would ask for something else.
  const fixed = new Set([...placeholdersIn(stream.path), ...placeholdersIn(stream.body)])
  if (incremental && fixed.has('since') && incremental.begins === undefined) add(['incremental'], '${since} in a path or a body needs `begins`, for the first reading')
  if (deletes?.kind === 'sweep' && deletes.every !== undefined && !incremental) add(['deletes', 'every'], 'a stream that is not incremental is read as a whole each time')
  if (deletes?.kind === 'endpoint') {
    faults.push(...endpointFaults(deletes, ['deletes']))
    if (deletes.key.length !== key.length) add(['deletes', 'key'], 'name one JSONPath for each column of the key')
    if (placeholdersOf(deletes).has('since') && incremental?.kind !== 'time') add(['deletes'], '${since} needs `incremental` of the kind time')
  }
  for (const column of key) if (columns[column]?.kind === 'json' || columns[column]?.kind === 'float') add(['columns', column], 'a key cannot be of this kind')
  for (const { column, tells } of refers) {
    for (const one of [column, ...tells]) if (!(one in columns) || key.includes(one)) add(['refers'], key.includes(one) ? `${one} is of the key: name it under \`person\`` : `there is no column ${one}`)
  }
  for (const column of [...(person?.user ?? []), ...(person?.email ?? []), ...(person?.of ?? []), ...(person?.device ?? []), ...(person?.staff ?? [])]) if (!(column in columns) && !key.includes(column)) add(['person'], `there is no column ${column}`)
  for (const [column, { kind, currency, format }] of Object.entries(columns)) {
    if (currency !== undefined && kind !== 'decimal') add(['columns', column], 'an amount that is made of minor units is a decimal')
    if (format !== undefined && kind !== 'timestamp' && kind !== 'date') add(['columns', column], '`format` is for times and dates')
  }
  return faults
}

function endpointFaults(endpoint: EndpointOptions, at: readonly string[]): StreamFault[] {
  const faults: StreamFault[] = []
  const { paging } = endpoint
  const used = placeholdersOf(endpoint)
  if ((paging.kind === 'page' || paging.kind === 'offset') && paging.shortPageEnds && paging.size === undefined) faults.push({ path: [...at, 'paging'], message: '`shortPageEnds` needs `size`, which says what is short' })
  if ((paging.kind === 'page' || paging.kind === 'offset') && paging.size === undefined && (paging.sizeParameter !== undefined || used.has('size'))) faults.push({ path: [...at, 'paging'], message: 'name the `size` of a page' })
  for (const [placeholder, option] of wanted(paging)) {
    if (option === undefined && !used.has(placeholder)) faults.push({ path: [...at, 'paging'], message: `name the parameter of the query, or write \${${placeholder}} into the request` })
  }
  const inPath = placeholdersIn(endpoint.path)
  for (const placeholder of ['cursor', 'session'] as const) if (inPath.has(placeholder)) faults.push({ path: [...at, 'path'], message: `\${${placeholder}} has no value on the first page; write it into the query or the body` })
  if (endpoint.body !== undefined && endpoint.method === 'GET') faults.push({ path: [...at, 'body'], message: 'a request by GET has no body' })
  if (/^[a-z]+:/i.test(endpoint.path) || endpoint.path.startsWith('//')) faults.push({ path: [...at, 'path'], message: 'a path below `baseUrl`' })
  return faults
}

/** By what a page is asked for: the placeholder, and the parameter that may stand for it. */
export function wanted(paging: PagingOptions): readonly (readonly [Placeholder, string | undefined])[] {
  switch (paging.kind) {
    case 'page':
      return [['page', paging.parameter], ...(paging.sizeParameter === undefined ? [] : ([['size', paging.sizeParameter]] as const))]
    case 'offset':
      return [['offset', paging.parameter], ...(paging.sizeParameter === undefined ? [] : ([['size', paging.sizeParameter]] as const))]
    case 'cursor':
    case 'last-id':
    case 'scroll':
      return [['cursor', paging.parameter]]
    case 'session':
      return [
        ['page', paging.parameter],
        ['session', paging.sessionParameter],
      ]
    case 'none':
    case 'url':
    case 'link':
      return []
  }
}

function placeholdersOf({ path, query, body }: EndpointOptions): ReadonlySet<Placeholder> {
  return new Set([...placeholdersIn(path), ...placeholdersIn(query), ...placeholdersIn(body)])
}
