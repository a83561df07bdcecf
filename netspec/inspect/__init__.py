"""What flows through a net: its numbers on the way forward and its gradients on the way back, beside the theory."""

from netspec.inspect.initial import inspect as inspect
from netspec.inspect.signal import Signal as Signal
from netspec.inspect.signal import Step as Step
