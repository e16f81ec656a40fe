import type { LandingCell } from '../../../connectors/landing-contract.ts'

/** In a record: what a column holds already, as it landed, which may be a hash. */
export class LandedValue {
  readonly cell: LandingCell

  constructor(cell: LandingCell) {
    this.cell = cell
  }
}
