import Reports

extension CommandContext {
  /// How tables are laid out on this output.
  var tableStyle: ReportTable.TextStyle {
    ReportTable.TextStyle(width: terminal.width, hasColor: hasOutputColor)
  }

  /// Prints a table in the format asked for and, with `--out`, writes it as `<name>.csv` there.
  ///
  /// - Throws: as `OutputFolder`.
  func emit(_ table: ReportTable, name: String) throws {
    switch format {
    case .table: print(table.text(tableStyle))
    case .csv: print(table.csv)
    case .json: print(table.json.text)
    }
    if let outputFolder { try OutputFolder(outputFolder).write(name + ".csv", table.csv) }
  }
}
