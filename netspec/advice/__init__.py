"""What is no mistake and yet seldom meant: one small class a rule, each with its section of the page."""

from netspec.advice.advise import advise as advise
from netspec.advice.advise import rules as rules
