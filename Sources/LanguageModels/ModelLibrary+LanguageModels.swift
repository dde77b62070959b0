import Hardware
import Tables

extension ModelLibrary {
  /// The catalogue's language models, sorted.
  package var languageModelNames: [String] {
    guard let folder else { return [] }
    return InputFolder.names(at: folder + "/llms").filter { $0.hasSuffix(".json") }.map {
      String($0.dropLast(5))
    }
  }

  /// Whether a model's name or path means a language model: a name of `models/llms`, or a file of
  /// JSON, which no kernel table is.
  package func isLanguageModel(_ word: String) -> Bool {
    Self.isPath(word)
      ? word.hasSuffix(".json") : Self.spelled(word, in: languageModelNames) != nil
  }

  /// The language model of a catalogue name or a path.
  ///
  /// - Throws: `badData` for an unknown name, else as `LanguageModel.read`.
  package func languageModel(
    _ name: String, at place: NamePlace = NamePlace()
  ) throws(InputError) -> LanguageModel {
    if Self.isPath(name) { return try LanguageModel.read(place.resolve(name)) }
    let known = languageModelNames
    if let own = Self.spelled(name, in: known) {
      return try LanguageModel.read((folder ?? "models") + "/llms/" + own + ".json")
    }
    throw InputError(
      Diagnostic(
        file: place.file, line: place.line, column: place.column,
        message: "unknown language model '\(Excerpt.word(name))'",
        hint: NearestName.hint(for: name, in: known)))
  }

  /// The serving stack of a catalogue name or a path.
  ///
  /// - Throws: `badData` for an unknown name, else as `ServingStack.read`.
  package func servingStack(
    _ name: String = ServingStack.standard, at place: NamePlace = NamePlace()
  ) throws(InputError) -> ServingStack {
    if Self.isPath(name) { return try ServingStack.read(place.resolve(name)) }
    let path = (folder ?? "models") + "/stacks/\(name).json"
    let known = InputFolder.names(at: (folder ?? "models") + "/stacks").filter {
      $0.hasSuffix(".json") && $0.hasPrefix("vllm")
    }.map { String($0.dropLast(5)) }
    if known.contains(name) { return try ServingStack.read(path) }
    throw InputError(
      Diagnostic(
        file: place.file, line: place.line, column: place.column,
        message: "unknown serving stack '\(Excerpt.word(name))'",
        hint: NearestName.hint(for: name, in: known)))
  }

  /// The GPUs whose operators were fitted: `models/llms/operators/`.
  ///
  /// - Throws: `badData` for a damaged file or a GPU that the catalogue lacks.
  package func operatorCatalogue() throws(InputError) -> OperatorCatalogue {
    guard let folder else { return OperatorCatalogue(entries: []) }
    var catalogue = OperatorCatalogue(entries: [])
    let path = folder + "/llms/operators/"
    for name in InputFolder.names(at: path) where name.hasSuffix(".json") {
      let file = try OperatorFile.read(path + name)
      catalogue.entries.append(
        OperatorCatalogue.Entry(
          gpu: try gpu(file.gpu, at: NamePlace(file: path + name)), constants: file.constants))
    }
    return catalogue
  }

  /// The operators of language models on a GPU under a stack: fitted where the GPU was measured, else from its
  /// data sheet and the constants of GPUs that were.
  ///
  /// - Throws: as `operatorCatalogue()`.
  package func operatorModel(
    for gpu: GPUSpec, stack: ServingStack
  ) throws(InputError) -> OperatorModel {
    let catalogue = try operatorCatalogue()
    let constants = OperatorFamily.allCases.flatMap { family in
      OperandPrecision.allCases.compactMap { catalogue.constants(for: gpu, family, $0) }
    }
    return OperatorModel(gpu: gpu, constants: constants, stack: stack)
  }
}

extension ServingStack {
  /// The stack where none is named.
  package static let standard = "vllm-0.19"
}
