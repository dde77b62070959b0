import Metrics
import Reports

extension ResultReport {
  /// Use of the GPU over time and by SM.
  var useOverTime: String {
    guard let figure = figures.useOverTime() else {
      return HTMLText.paragraph(
        "Over time, and by SM, they are in none of the files of this folder: "
          + (folder.isStudy
            ? "'gpuloom compare --series' keeps them of one of its points."
            : "'gpuloom compare --series' keeps them."),
        kind: "note")
    }
    let seed = rows.seeds[0]
    var text = HTMLText.figure(
      figure, id: "series",
      caption:
        "Means over windows of the measured time, under seed \(seed). Operations count in the "
        + "window in which their launch ends.")
    guard let map = figures.mapOfSMs() else {
      return text
        + HTMLText.paragraph(
          "Which SMs had blocks is followed where launches share a GPU: not where replicas have "
            + "GPUs of their own or contexts of language models take turns.", kind: "note")
    }
    let policies = rows.policies.indices.filter {
      !(folder.series?.windows[$0].first?.sms ?? []).isEmpty
    }
    let others = rows.policies.indices.filter { !policies.contains($0) }.map { rows.policies[$0] }
    text += HTMLText.figure(
      map, id: "sms",
      caption:
        "The fuller the colour, the greater the part of a window in which an SM had a block, in fifths; "
        + "nothing where it had none. Under seed \(seed)."
        + (others.isEmpty
          ? ""
          : " Not followed where replicas have GPUs of their own or contexts of language models take turns: "
            + others.joined(separator: ", ") + "."))
    return text + HTMLText.details("SMs as a table", smTable(policies))
  }

  /// How evenly the SMs were used.
  private func smTable(_ policies: [Int]) -> String {
    func column(_ name: String) -> ReportColumn {
      ReportColumn(name, unit: "%", scale: 100, range: 0...1)
    }
    var table = ReportTable(columns: [
      ReportColumn("policy"), ReportColumn("SMs", decimals: 0), column("least used SM"),
      column("mean SM"), column("most used SM"),
    ])
    for p in policies {
      guard let all = folder.series.map({ ResultFigures.joined($0.windows[p], most: 1) }),
        let sms = all.first?.sms, let least = sms.min(), let most = sms.max()
      else { continue }
      table.append([
        .text(rows.policies[p]), .integer(Int64(sms.count)), .number(least),
        .number(sms.reduce(0, +) / Double(sms.count)), .number(most),
      ])
    }
    return table.html(
      caption: "The part of the measured time in which SMs had blocks",
      keys: policies.map { rows.policies[$0] })
  }
}
