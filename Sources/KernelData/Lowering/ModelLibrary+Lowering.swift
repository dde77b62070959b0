import Hardware
import Tables

/// A model's kernel table and where it comes from.
package struct ModelTable: Sendable {
  /// The table.
  package var table: KernelTable
  /// The model's name in the catalogue, without a precision; a path as it was given.
  package var name: String
  /// The stack, where the table was lowered when it was asked for; nil where a file holds it.
  package var stack: String?

  /// Creates a table of a file, or with a stack one that was lowered.
  package init(table: KernelTable, name: String, stack: String? = nil) {
    self.table = table
    self.name = name
    self.stack = stack
  }

  /// What a user should know of a table that no file holds.
  package var note: String? {
    stack.map {
      "analytic: lowered for '\(table.gpu)' from the layer shapes of '\(table.model)', \($0); "
        + "no such table ships"
    }
  }
}

extension ModelLibrary {
  /// The models that ship and those that can be lowered, sorted.
  package var allModelNames: [String] {
    folder == nil ? [] : Set(modelNames + Lowering.modelNames).sorted()
  }

  /// A model as the catalogue spells it, whatever the case it is typed in; others stay as they are.
  package func spelledModel(_ word: String) -> String {
    if Self.isPath(word) { return word }
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first,
      let own = Self.spelled(String(name), in: allModelNames)
    else { return word }
    return parts.count == 1 ? own : own + ":" + parts[1].lowercased()
  }

  /// A model's kernel table on a GPU: that of a path, that which ships, or one lowered on the spot.
  ///
  /// - Parameters:
  ///   - word: a path, a name, or a name and a precision, as in `resnet50:fp16`.
  ///   - gpu: the GPU to run on, be it of the catalogue or a file of the user's.
  ///   - batches: what a table that is lowered has beside the model's own batches.
  ///   - others: names that could have been meant too, of what has no table.
  /// - Throws: `badData` for an unknown model or precision, else as `KernelTable.read` and
  ///   `Lowering.table`.
  package func table(
    _ word: String, on gpu: GPUSpec, including batches: [Int] = [], besides others: [String] = [],
    at place: NamePlace = NamePlace()
  ) throws(InputError) -> ModelTable {
    if Self.isPath(word) || folder == nil {
      return ModelTable(table: try kernelTable(word, gpu: gpu.name, at: place), name: word)
    }
    let (name, precision) = try Lowering.parts(of: word, at: place)
    if tableGPUs(of: name).contains(gpu.name) {
      let table = try kernelTable(name, gpu: gpu.name, at: place)
      if precision.map({ $0.rates.contains(table.precision) }) ?? true {
        return ModelTable(table: table, name: name)
      }
    }
    guard let own = Lowering.batches(of: name) else {
      guard modelNames.contains(name) else {
        throw Lowering.unknown("model", name, allModelNames + others, at: place)
      }
      return ModelTable(table: try kernelTable(name, gpu: gpu.name, at: place), name: name)
    }
    let stack = Lowering.stack(for: precision ?? .fp32)
    do throws(InputError) {
      let table = try Lowering.table(
        model: name, gpu: gpu, batches: own + batches, stack: stack, library: self)
      return ModelTable(table: table, name: name, stack: stack)
    } catch {
      // What is wrong for want of a rate is wrong where the model is named.
      throw InputError(
        kind: error.kind,
        diagnostics: error.diagnostics.map { fault in
          guard fault.file.isEmpty else { return fault }
          return Diagnostic(
            file: place.file, line: place.line, column: place.column, message: fault.message,
            hint: fault.hint)
        })
    }
  }
}

extension Lowering {
  /// The stack that runs a precision.
  package static func stack(for precision: LoweringPrecision) -> String { "inference-\(precision)" }

  /// A model's name and the precision after a colon, if any.
  ///
  /// - Throws: `badData` for an unknown precision.
  package static func parts(
    of word: String, at place: NamePlace = NamePlace()
  ) throws(InputError) -> (model: String, precision: LoweringPrecision?) {
    guard let cut = word.firstIndex(of: ":") else { return (word, nil) }
    let text = String(word[word.index(after: cut)...])
    guard let precision = LoweringPrecision(rawValue: text.lowercased()) else {
      throw unknown("precision", text, LoweringPrecision.allCases.map(\.rawValue), at: place)
    }
    return (String(word[..<cut]), precision)
  }

  /// The batches of a model's tables; nil for a model that cannot be lowered.
  package static func batches(of model: String) -> [Int]? { LayerGraph.named(model)?.batches }

  /// The batches to lower where any up to `largest` may run: all of them as far as they are few,
  /// above that the powers of two and the largest.
  package static func batches(upTo largest: Int) -> [Int] {
    let few = 64
    var batches = Array(1...max(1, min(largest, few)))
    var next = 2 * few
    while next < largest {
      batches.append(next)
      next *= 2
    }
    if largest > few { batches.append(largest) }
    return batches
  }

  /// What is said of a name that is not known.
  package static func unknown(
    _ kind: String, _ name: String, _ known: [String], at place: NamePlace = NamePlace()
  ) -> InputError {
    InputError(
      Diagnostic(
        file: place.file, line: place.line, column: place.column,
        message: "unknown \(kind) '\(Excerpt.word(name))'",
        hint: NearestName.hint(for: name, in: known)))
  }
}
