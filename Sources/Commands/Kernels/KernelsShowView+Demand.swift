import CommandLine
import KernelData
import Reports
import Tables

extension KernelsShowView {
  /// What each kernel asks of the GPU while it runs: a line for each name and what tells the
  /// demand, the means over time, most time first.
  func demands(most: Int) -> ReportTable {
    func share(_ title: String, unit: String = "%") -> ReportColumn {
      ReportColumn(title, unit: unit, decimals: 1, scale: 100)
    }
    var table = ReportTable(columns: [
      ReportColumn("kernel"), ReportColumn("launches"), share("a block asks", unit: "% of its SM"),
      share("all ask", unit: "% of SMs"), ReportColumn("told by"),
      share("DRAM", unit: "% of peak"), ReportColumn("told by"),
    ])
    struct Key: Hashable {
      var name: String
      var smOrigin: String
      var dramOrigin: String
    }
    var order: [Key] = []
    var groups: [Key: [LaunchSummary]] = [:]
    for launch in summary.launches {
      let key = Key(
        name: launch.profile.name, smOrigin: launch.demand.smOrigin,
        dramOrigin: launch.demand.dramOrigin)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(launch)
    }
    func time(_ key: Key) -> Double { (groups[key] ?? []).reduce(0) { $0 + $1.durationNS } }
    let ranked = order.enumerated().sorted {
      (time($1.element), $0.offset) < (time($0.element), $1.offset)
    }
    for (_, key) in ranked.prefix(most) {
      let launches = groups[key] ?? []
      func mean(_ value: (LaunchDemand) -> Double) -> ReportCell {
        .number(launches.reduce(0) { $0 + value($1.demand) * $1.durationNS } / time(key))
      }
      table.append([
        .text(DisplayText.clipped(DiagnosticText.printable(key.name), to: 44)),
        .integer(Int64(launches.count)), mean(\.blockShare), mean(\.smShare),
        .text(key.smOrigin), mean(\.dramShare), .text(key.dramOrigin),
      ])
    }
    return table
  }

  /// The heading over them.
  var demandHeading: String {
    "What a launch asks of the GPU while it runs, by kernel"
      + (isCut ? ", the 12 with most time" : "")
  }

  private var isCut: Bool { demands(most: .max).rows.count > 12 }
}
