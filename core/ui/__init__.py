"""The screens. Only this folder and pages/ import Streamlit."""
