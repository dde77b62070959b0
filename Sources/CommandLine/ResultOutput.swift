import Reports

extension CommandContext {
  /// How tables are laid out on this output.
  package var tableStyle: ReportTable.TextStyle {
    ReportTable.TextStyle(width: isWide ? nil : terminal.width, hasColor: hasOutputColor)
  }

  /// With `--out`, writes a file there, in a subfolder where one is named.
  ///
  /// - Throws: as `OutputFolder`.
  package func save(_ name: String, in subfolder: String? = nil, _ text: String) throws {
    guard let outputFolder else { return }
    let folder = try OutputFolder(outputFolder)
    try folder.write(name, in: subfolder, text)
    try folder.commit()
  }

  /// With `--out`, holds before long work that files of these names can be written there.
  ///
  /// - Throws: as `OutputFolder.check`.
  package func checkOutput(_ names: String...) throws {
    if let outputFolder { try OutputFolder(outputFolder).check(names) }
  }

  /// Prints a table in the format asked for and, with `--out`, writes it as `<name>.csv` there; the
  /// heading is for readers alone.
  ///
  /// - Parameter folder: that of `--out` where other files of the command wait in it to be
  ///   committed with this one.
  /// - Throws: as `OutputFolder`.
  package func emit(
    _ table: ReportTable, name: String, heading: String = "", with folder: OutputFolder? = nil
  ) throws {
    // The file first: where the folder cannot be used, nothing has been printed yet.
    if let folder {
      try folder.write(name + ".csv", table.csv)
      try folder.commit()
    } else {
      try save(name + ".csv", table.csv)
    }
    switch format {
    case .table: print(DiagnosticText.printable(heading) + table.text(tableStyle))
    case .csv: print(table.csv)
    case .json: print(table.json.text)
    }
  }
}
