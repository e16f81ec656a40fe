/** By tables as people call them. */
export class Counts {
  readonly #counts = new Map<string, { readonly source: string; readonly table: string; count: number }>()

  add(source: string, table: string, count: number): void {
    const known = this.#counts.get(`${source}.${table}`) ?? { source, table, count: 0 }
    known.count += count
    if (known.count > 0) this.#counts.set(`${source}.${table}`, known)
  }

  list(): readonly { readonly source: string; readonly table: string; readonly count: number }[] {
    return [...this.#counts.values()]
  }
}
