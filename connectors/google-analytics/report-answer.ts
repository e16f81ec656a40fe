/** Of https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/RunReportResponse, what is read. Absent lists are empty, absent flags false. */
export interface ReportAnswer {
  readonly dimensionHeaders?: readonly { readonly name: string }[]
  readonly metricHeaders?: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly ReportRow[]
  readonly rowCount?: number
  readonly metadata?: ReportMetadata
}

export interface ReportRow {
  readonly dimensionValues?: readonly { readonly value?: string }[]
  readonly metricValues?: readonly { readonly value?: string }[]
}

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData */
export interface ReportMetadata {
  readonly currencyCode?: string
  readonly timeZone?: string
  readonly dataLossFromOtherRow?: boolean
  readonly subjectToThresholding?: boolean
  readonly samplingMetadatas?: readonly { readonly samplesReadCount?: string; readonly samplingSpaceSize?: string }[]
}

export interface ReportAsk {
  readonly dimensions: readonly string[]
  readonly metrics: readonly string[]
  /** Only rows where this metric is more than 0. */
  readonly having?: string | undefined
  /** `YYYY-MM-DD`, both included, by the property's zone. */
  readonly from: string
  readonly to: string
}

/** Rows in the order of their dimensions, all of them, with what the last answer said of itself. */
export interface WholeReport {
  readonly rows: readonly ReportRow[]
  readonly metadata: ReportMetadata
}
