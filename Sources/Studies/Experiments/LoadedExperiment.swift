import Hardware
import Simulation
import Tables

/// An experiment that was read, with what reports say about it.
package struct LoadedExperiment: Sendable {
  /// A file the experiment depends on.
  package struct Input: Hashable, Sendable {
    /// What it is: "experiment", "gpu", "testbed", "kernels", "stack", "trace".
    package var role: String
    /// What reports call it: the path as given, or the one inside the catalogue's folder.
    package var name: String
    /// Where it is read.
    package var path: String
  }

  /// What is run.
  package var experiment: Experiment
  /// Each tenant's arrivals in a few words.
  package var arrivalTexts: [String]
  /// The files read, in the order they are named, none twice.
  package var inputs: [Input]
  /// What reading found that the user should know, as warnings.
  package var notes: [Diagnostic]
  /// The experiment's file; empty for the command line.
  package var file = ""
  /// Each tenant's use of a trace; nil where its arrivals are none.
  package var uses: [TraceUse?] = []
  /// By model, as the tenants name it: the GPU its table was made for, where the catalogue knows it.
  package var tableGPUs: [String: GPUSpec] = [:]
  /// Whether somebody asked for these seeds.
  package var hasSeeds = false
  /// What was set beside the experiment's description, in words.
  package var overrides: [String] = []
}
