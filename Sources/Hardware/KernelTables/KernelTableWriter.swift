import Tables

extension KernelTable {
  /// The table as its file's text; reading it again gives an equal table.
  ///
  /// Optional columns appear where any launch has a value for them; batches and launches keep
  /// their order and launches are numbered from 0.
  package var csvText: String {
    let launches = batches.flatMap(\.launches)
    let hasCompute = launches.contains { $0.computeFraction != nil }
    let hasDRAM = launches.contains { $0.dramFraction != nil }
    let hasClass = launches.contains { !$0.fusionClass.isEmpty }
    let hasStream = launches.contains { $0.stream != 0 }
    var text = headerText
    var columns = Self.requiredColumns
    if hasCompute { columns.append("compute_fraction") }
    if hasDRAM { columns.append("dram_fraction") }
    if hasClass { columns.append("fusion_class") }
    if hasStream { columns.append("stream") }
    text += columns.joined(separator: ",") + "\n"
    for (batch, launches) in batches {
      for (i, launch) in launches.enumerated() {
        var cells = ["\(batch)", "\(i)", CSVText.field(launch.name)]
        for extent in [launch.grid, launch.block] {
          cells += ["\(extent.x)", "\(extent.y)", "\(extent.z)"]
        }
        cells += ["\(launch.registersPerThread)", "\(launch.sharedMemoryBytes)"]
        for count in [launch.flop, launch.dramBytes, launch.durationNS] {
          cells.append(count.map { "\($0)" } ?? "")
        }
        if hasCompute { cells.append(launch.computeFraction.map { "\($0)" } ?? "") }
        if hasDRAM { cells.append(launch.dramFraction.map { "\($0)" } ?? "") }
        if hasClass { cells.append(CSVText.field(launch.fusionClass)) }
        if hasStream { cells.append("\(launch.stream)") }
        text += cells.joined(separator: ",") + "\n"
      }
    }
    return text
  }

  private var headerText: String {
    let lines = [
      ("format", Self.format), ("model", model), ("gpu", gpu), ("stack", stack),
      ("precision", precision.rawValue), ("weights_mib", "\(weightsMiB)"),
      ("workspace_mib", "\(workspaceMiB)"), ("input_bytes", "\(inputBytes)"),
      ("output_bytes", "\(outputBytes)"), ("source", source), ("provenance", provenance),
    ]
    return (lines + conditions.headerLines).map { key, value in
      let line = value.split(whereSeparator: \.isNewline).joined(separator: " ")
      return "# \(key): \(line)\n"
    }.joined()
  }
}
