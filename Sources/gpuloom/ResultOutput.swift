import Reports

extension CommandContext {
  /// How tables are laid out on this output.
  var tableStyle: ReportTable.TextStyle {
    ReportTable.TextStyle(width: terminal.width, hasColor: hasOutputColor)
  }

  /// Prints a table in the format asked for and, with `--out`, writes it as `<name>.csv` there; the
  /// heading is for readers alone.
  ///
  /// - Throws: as `OutputFolder`.
  func emit(_ table: ReportTable, name: String, heading: String = "") throws {
    // The file first: where the folder cannot be used, nothing has been printed yet.
    if let outputFolder { try OutputFolder(outputFolder).write(name + ".csv", table.csv) }
    switch format {
    case .table: print(DiagnosticText.printable(heading) + table.text(tableStyle))
    case .csv: print(table.csv)
    case .json: print(table.json.text)
    }
  }
}
