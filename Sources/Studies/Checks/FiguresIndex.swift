import Reports
import Tables

/// The page of a folder of experiments, `README.md`: one row for each, written by
/// `gpuloom check --update` where there is none or where it was written so before.
package enum FiguresIndex {
  /// The page's name in the folder above the experiments'.
  package static let name = "README.md"

  /// Whether the page of a folder is ours to write.
  package static func isOurs(_ folder: String) -> Bool {
    guard let text = try? InputFile.text(at: folder + "/" + name) else {
      return !InputFolder.exists(folder + "/" + name)
    }
    return text.hasPrefix(FiguresPage.mark)
  }

  /// The page over the experiments of a folder, named as in it.
  ///
  /// - Throws: as `FiguresPage`.
  package static func text(_ folder: String, _ names: [String]) throws(InputError) -> String {
    var table = ReportTable(columns: [
      ReportColumn("experiment"), ReportColumn("what it shows"), ReportColumn("policies"),
      ReportColumn("points", title: "published points"),
      ReportColumn("error", title: "mean error", unit: "%", decimals: 2, scale: 100),
      ReportColumn("left", title: "left out of the fit", unit: "%", decimals: 2, scale: 100),
    ])
    for name in names {
      func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
      let link = ReportCell.text("[\(name)](\(name)/\(FiguresPage.name))")
      if TruthCheck.isTruth(folder + "/" + name) {
        let page = try TruthPage(folder + "/" + name)
        table.append([
          link, .text(page.title), .none, .integer(Int64(page.published.count)),
          cell(page.published.meanError), cell(page.published.predicted),
        ])
        continue
      }
      let page = try FiguresPage(folder + "/" + name)
      table.append([
        link, .text(page.title),
        .integer(Int64(page.policies.count)),
        page.published.count == 0 ? .none : .integer(Int64(page.published.count)),
        cell(page.published.meanError), cell(page.published.leftOut),
      ])
    }
    return FiguresPage.mark + "\n# Experiments\n\n"
      + "Each is held by `gpuloom check`: its `figures.md` has every figure, its `README.md` what\n"
      + "they say. An error is the mean of |simulated / published − 1|; without published points\n"
      + "all is predicted.\n\n" + table.markdown
  }
}
