"""Seeing: from pictures to tracks to visits. Pure but for the models that detect/ holds."""
