import Hardware
import Reports
import Scheduling
import Tables

/// The predicted figures of grids, a row for each of their places.
package struct Predictions {
  package let table: ReportTable
  /// What could not be run: the GPU's memory does not suffice. The figures of such rows are empty.
  package let remarks: [Diagnostic]

  private static let columnNames = [
    "kind", "gpu", "stack", "testbed", "model1", "batch1", "share1", "model2", "batch2", "share2",
    "replicas", "latency1_ms", "latency2_ms", "slowdown1", "slowdown2", "throughput1_per_s",
    "gain1",
  ]

  /// One row to come.
  private struct Row {
    var kind: PredictionGrid.Kind
    /// The loops as the row names them, with their labels.
    var loops: [(label: String, loop: BatchLoop)]
    var run: LoopRun
    var place: NamePlace
  }

  /// Runs all grids; nil where an interrupt kept them from being finished.
  ///
  /// - Throws: `InputError` where a name in one of them is not known.
  package init?(
    _ grids: [PredictionGrid], library: ModelLibrary, policies: PolicyCatalog,
    _ control: WorkControl
  ) throws(InputError) {
    var rows: [Row] = []
    // Paths mean what they mean beside their own grid.
    var heard: [LoopBench] = []
    var counts: [Int] = []
    for grid in grids {
      let own = Self.rows(grid)
      let catalogue = try Self.catalogue(grid, own, library)
      guard let bench = try LoopBench(own.map(\.run), catalogue, policies: policies, control)
      else { return nil }
      rows += own
      counts.append(own.count)
      heard.append(bench)
    }
    let benches = zip(heard, counts).flatMap { bench, count in
      [LoopBench](repeating: bench, count: count)
    }
    var table = ReportTable(columns: Self.columnNames.map { ReportColumn($0) })
    var remarks: [Diagnostic] = []
    for (row, bench) in zip(rows, benches) {
      do throws(InputError) {
        table.append(Self.cells(row, try Self.figures(row, bench)))
      } catch {
        table.append(Self.cells(row, nil))
        for var fault in error.placed(row.place).diagnostics {
          fault.severity = .warning
          if !remarks.contains(fault) { remarks.append(fault) }
        }
      }
    }
    self.table = table
    self.remarks = remarks
  }

  // MARK: Grids

  private static func rows(_ grid: PredictionGrid) -> [Row] {
    var rows: [Row] = []
    for part in grid.parts {
      func add(_ loops: [(label: String, loop: BatchLoop)], replicas: Int, _ place: NamePlace) {
        let run = LoopRun(
          gpu: grid.gpu, stack: grid.stack, testbed: part.testbed, loops: loops.map(\.loop),
          replicas: replicas)
        rows.append(Row(kind: part.kind, loops: loops, run: run, place: place))
      }
      switch part.kind {
      case .shares, .replicas:
        for model in grid.models {
          for batch in part.batches {
            for value in part.values {
              let isShare = part.kind == .shares
              let loop = BatchLoop(
                model: model.model, batch: batch, share: isShare ? value : 100)
              add([(model.label, loop)], replicas: isShare ? 1 : value, model.place)
            }
          }
        }
      case .pairs:
        for (i, first) in grid.models.enumerated() {
          for second in grid.models[(i + 1)...] {
            for batch in part.batches {
              for other in part.batches {
                for share in part.values {
                  let loops = [
                    (first.label, BatchLoop(model: first.model, batch: batch, share: share)),
                    (
                      second.label, BatchLoop(model: second.model, batch: other, share: 100 - share)
                    ),
                  ]
                  add(loops, replicas: 1, first.place)
                }
              }
            }
          }
        }
      }
    }
    return rows
  }

  private static func catalogue(
    _ grid: PredictionGrid, _ rows: [Row], _ library: ModelLibrary
  ) throws(InputError) -> LoopCatalogue {
    var catalogue = LoopCatalogue(library)
    try catalogue.addGPU(grid.gpu, at: grid.gpuPlace)
    try catalogue.addStack(grid.stack, at: grid.stackPlace)
    for part in grid.parts { try catalogue.addTestbed(part.testbed, at: part.testbedPlace) }
    for row in rows {
      for loop in row.run.loops {
        let place = grid.models.first { $0.model == loop.model }?.place ?? row.place
        try catalogue.addTable(
          model: loop.model, batch: loop.batch, gpu: grid.gpu, stack: grid.stack, at: place)
      }
    }
    return catalogue
  }

  // MARK: Figures

  /// What is heard of a row's loops, in their order.
  private struct Figures {
    var latencyMS: [Double] = []
    var slowdown: [Double] = []
    var throughputRPS = 0.0
    var gain = 0.0
  }

  private static func figures(_ row: Row, _ bench: LoopBench) throws(InputError) -> Figures {
    let heard = try bench.figures(row.run)
    var figures = Figures()
    for (i, (_, loop)) in row.loops.enumerated() {
      let at = row.run.loops.firstIndex(of: loop) ?? 0
      let alone = try bench.figures(row.run.alone(loop))
      figures.latencyMS.append(heard.latencyMS[at])
      figures.slowdown.append(heard.latencyMS[at] / alone.latencyMS[0])
      if i == 0 {
        figures.throughputRPS = heard.throughputRPS[at]
        figures.gain = heard.throughputRPS[at] / alone.throughputRPS[0]
      }
    }
    return figures
  }

  private static func cells(_ row: Row, _ figures: Figures?) -> [ReportCell] {
    let run = row.run
    var cells: [ReportCell] = [
      .text(row.kind.rawValue), .text(run.gpu), .text(run.stack), .text(run.testbed),
    ]
    for i in 0..<2 {
      guard i < row.loops.count else {
        cells += [.none, .none, .none]
        continue
      }
      let (label, loop) = row.loops[i]
      cells += [.text(label), .integer(Int64(loop.batch)), .integer(Int64(loop.share))]
    }
    cells.append(.integer(Int64(run.replicas)))
    func cell(_ values: [Double]?, _ i: Int) -> ReportCell {
      values.flatMap { $0.indices.contains(i) ? .number($0[i]) : nil } ?? .none
    }
    cells += [cell(figures?.latencyMS, 0), cell(figures?.latencyMS, 1)]
    let isPair = row.kind == .pairs
    cells += isPair ? [cell(figures?.slowdown, 0), cell(figures?.slowdown, 1)] : [.none, .none]
    cells += [
      figures.map { .number($0.throughputRPS) } ?? .none,
      row.kind == .replicas ? figures.map { .number($0.gain) } ?? .none : .none,
    ]
    return cells
  }
}
