import { init } from 'echarts'
import type { Growth } from './run-growth.ts'

/** A picture as SVG: milliseconds left and megabytes right, over sizes, all but megabytes in powers of ten. */
export function drawGrowth({ axis, points }: Growth): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 640, height: 360 })
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: `Median ms and peak MB against ${axis.toLowerCase()}`, left: 16, top: 8, textStyle: { fontSize: 14 } },
    legend: { right: 16, bottom: 6 },
    grid: { left: 72, right: 64, top: 60, bottom: 56 },
    xAxis: { type: 'log', name: axis, nameLocation: 'middle', nameGap: 28, min: Math.min(...points.map(({ size }) => size)), max: Math.max(...points.map(({ size }) => size)) },
    yAxis: [
      { type: 'log', name: 'ms' },
      { type: 'value', name: 'MB', min: 0, splitLine: { show: false } },
    ],
    series: [
      { name: 'ms', type: 'line', symbolSize: 8, label: { show: true, align: 'right', offset: [-6, 0], formatter: ({ value }: { readonly value: unknown }) => labelOf(value) }, data: points.map(({ size, medianMs }) => [size, Number(medianMs.toPrecision(3))]) },
      { name: 'MB', type: 'line', yAxisIndex: 1, symbolSize: 8, lineStyle: { type: 'dashed' }, data: points.map(({ size, peakBytes }) => [size, Math.round(peakBytes / 1e6)]) },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

const labelOf = (value: unknown): string => (Array.isArray(value) ? String(value[1]) : '')
