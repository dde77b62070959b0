extension PanelDrawing {
  func drawAxes(on canvas: inout FigureCanvas) {
    let title = SVGText.clipped(panel.title, to: frame.width / 1.1, size: 13)
    canvas.text(title, x: frame.left, y: frame.top - 10, size: 13, isBold: true)
    drawVertical(on: &canvas)
    drawHorizontal(on: &canvas)
    canvas.line(
      frame.left, frame.bottom, frame.right, frame.bottom, color: FigureTheme.axis, width: 1.2)
    canvas.text(
      SVGText.clipped(panel.x.label, to: frame.width / 1.1, size: 12),
      x: frame.left + frame.width / 2, y: frame.bottom + 39, anchor: .middle)
    guard hasRowNames else { return }
    // A word beside the plot is no longer than the plot is high.
    canvas.text(
      SVGText.clipped(panel.y.label, to: frame.height / 1.1, size: 12),
      x: frame.left - labels + 12, y: frame.top + frame.height / 2, anchor: .middle, isTurned: true)
  }

  private func drawVertical(on canvas: inout FigureCanvas) {
    for tick in yScale.ticks {
      let y = down(tick.place)
      if tick.text.isEmpty {
        canvas.line(frame.left - 3, y, frame.left, y, color: FigureTheme.axis)
        continue
      }
      if !hasRows { canvas.line(frame.left, y, frame.right, y, color: FigureTheme.grid) }
      guard hasRowNames || !hasRows else { continue }
      canvas.text(
        tick.text, x: frame.left - 8, y: y + 4, size: TickRoom.size, color: FigureTheme.muted,
        anchor: .end)
    }
  }

  private func drawHorizontal(on canvas: inout FigureCanvas) {
    let isNamed = panel.x.categories == nil
    for tick in xScale.ticks {
      let x = frame.left + tick.place * frame.width
      if isNamed {
        if hasRows, !tick.text.isEmpty {
          canvas.line(x, frame.top, x, frame.bottom, color: FigureTheme.grid)
        }
        let size = tick.text.isEmpty ? 3.0 : 5.0
        canvas.line(x, frame.bottom, x, frame.bottom + size, color: FigureTheme.axis)
      }
      canvas.text(
        tick.text, x: x, y: frame.bottom + 19, size: TickRoom.size, color: FigureTheme.muted,
        anchor: .middle)
    }
  }
}
