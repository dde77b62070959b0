import Commands
import Policies

GPULoom.main(policies: .builtIn)
