import { aggregate, column, compare, integer, select } from '../../sql/tree.ts'
import type { Query } from '../../sql/tree.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { PassColumn } from './membership-pass.ts'

/** Lists of keys as text, each bound as one parameter. */
export function listPass(columns: readonly PassColumn[]): Query {
  const parts = columns.map(({ membership: { of } }, index) =>
    select({
      columns: [
        { expr: column('ids', 'id'), as: 'id' },
        { expr: integer(index), as: 'list' },
      ],
      from: { kind: 'text_list', values: of.kind === 'list' ? of.ids : [], column: 'id', as: 'ids' },
    }),
  )
  const key = column('listed', 'id')
  const list = column('listed', 'list')
  return select({
    columns: [{ expr: key, as: PASS_KEY }, ...columns.map(({ as }, index) => ({ expr: compare(aggregate({ name: 'count' }, null, compare(list, '=', integer(index))), '>', integer(0)), as }))],
    from: { kind: 'query', query: { kind: 'union_all', parts }, as: 'listed' },
    groupBy: [key],
  })
}
